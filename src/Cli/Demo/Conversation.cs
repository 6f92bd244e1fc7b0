using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using Tda.Gateway;
using Tda.Lab.Models;
using Tda.Lab.Serving;
using Tda.Labels.Endpoints;
using Tda.Store;

namespace Tda.Cli.Demo;

/// <summary>The team's own program: it talks to the closed model through the gateway with the official OpenAI client.</summary>
/// <param name="home">Where the log and the model are.</param>
/// <param name="name">Value of the tag that every exchange carries.</param>
/// <param name="options">How to ask.</param>
/// <param name="progress">A bar.</param>
/// <param name="cancel">Stops.</param>
internal sealed class Conversation(TdaHome home, string name, DemoOptions options, IProgressSink progress, CancellationToken cancel)
{
    /// <summary>Name of the tag that every exchange carries.</summary>
    public const string Tag = "demo";

    private const int Concurrency = 32;

    /// <summary>Makes sure that every prompt has its exchange in the log: serves the model, puts the gateway in front, and asks what is missing.</summary>
    /// <param name="model">Name of the lab model that plays the closed one.</param>
    /// <param name="prompts">What to ask; its place decides a prompt's seed, and whether its answer is streamed.</param>
    /// <returns>The exchanges that ended well, oldest first.</returns>
    /// <exception cref="TdaException">The gateway or the closed model did not answer.</exception>
    public async Task<IReadOnlyList<Exchange>> RunAsync(string model, IReadOnlyList<string> prompts)
    {
        var there = await LoggedAsync();
        HashSet<string> asked = [.. there.Select(exchange => exchange.Prompt!)];
        (string Prompt, int Number)[] missing =
            [.. prompts.Select((prompt, number) => (prompt, number)).Where(one => !asked.Contains(one.prompt)).DistinctBy(one => one.prompt)];
        if (missing.Length > 0)
        {
            using var lab = LabModel.Open(home.LabDirectory(model));
            await using var upstream = await LabServer.StartAsync(lab, new LabServerOptions { ModelName = model }, cancel);
            await using var gateway = await GatewayServer.StartAsync(
                new GatewayOptions
                {
                    Upstream = upstream.Url.ToString(),
                    Listen = "http://127.0.0.1:0",
                    Home = home.Root,

                    // Public mail: its addresses are part of the prompts, which are looked for in the log again.
                    Redaction = new() { Enabled = false },
                },
                cancellationToken: cancel);
            await SendAsync(gateway.Url, model, missing);
            await gateway.StopAsync();
            there = await LoggedAsync();
        }

        return there;
    }

    private async Task<List<Exchange>> LoggedAsync()
    {
        await using var store = await ExchangeStore.OpenAsync(home, cancellationToken: cancel);
        return await store.ReadAsync(ExchangeFilter.All with { OldestFirst = true, TagName = Tag, TagValue = name }, cancel)
            .Where(exchange => exchange is { State: TerminalState.Complete, Prompt: not null, Response: not null }).ToListAsync(cancel);
    }

    /// <summary>Sends every prompt as one user message, each fourth as a stream, each with log-probabilities.</summary>
    private async Task SendAsync(Uri gateway, string model, (string Prompt, int Number)[] prompts)
    {
        var api = new OpenAIClientOptions { Endpoint = new Uri(gateway, "/v1"), NetworkTimeout = TimeSpan.FromMinutes(5) };
        api.AddPolicy(new HeaderPolicy(new Dictionary<string, string> { [ExchangeTags.Header] = $"{Tag}={name}" }), PipelinePosition.PerCall);
        var client = new ChatClient(model, new ApiKeyCredential("demo"), api);
        using var task = progress.Start("talking to the closed model", prompts.Length, "exchanges");
        var done = 0;
        await Parallel.ForEachAsync(
            prompts,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancel },
            async (one, stop) =>
            {
                await AskAsync(client, one.Prompt, Settings(one.Number), stream: one.Number % 4 == 0, stop);
                task.Report(Interlocked.Increment(ref done));
            });
    }

    private ChatCompletionOptions Settings(int number)
    {
        var settings = new ChatCompletionOptions
        {
            MaxOutputTokenCount = options.AnswerTokens,
            Temperature = (float)options.Temperature,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 5,
        };
#pragma warning disable OPENAI001 // seeds are marked experimental in the client; without one the demo would not repeat itself
        settings.Seed = (options.Seed * 1_000_003) + number;
#pragma warning restore OPENAI001
        return settings;
    }

    private static async Task AskAsync(ChatClient client, string prompt, ChatCompletionOptions settings, bool stream, CancellationToken stop)
    {
        UserChatMessage[] messages = [new(prompt)];
        try
        {
            if (!stream)
            {
                await client.CompleteChatAsync(messages, settings, stop);
                return;
            }

            await foreach (var _ in client.CompleteChatStreamingAsync(messages, settings, stop))
            {
            }
        }
        catch (ClientResultException error)
        {
            throw new TdaException($"the closed model did not answer through the gateway: {error.Message}", error);
        }
    }
}
