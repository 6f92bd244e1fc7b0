using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using Tda.Cli.Demo.Data;
using Tda.Gateway;
using Tda.Lab.Models;
using Tda.Lab.Serving;
using Tda.Labels.Endpoints;
using Tda.Store;
using Tda.Store.Verification;

namespace Tda.Cli.Demo.Steps;

/// <summary>Serves the closed model, puts the gateway in front, talks to it, and reads the log.</summary>
internal static class ExchangeLog
{
    private const string TagName = "demo";

    /// <summary>Makes sure that every prompt has its exchange in the log.</summary>
    public static async Task RunAsync(DemoContext context, DemoSets sets, string closed)
    {
        var missing = await MissingAsync(context, [.. sets.LogHarmPrompts, .. sets.LogBenignPrompts]);
        if (missing.Count == 0)
        {
            return;
        }

        using var model = LabModel.Open(context.Place.Home.LabDirectory(closed));
        await using var upstream = await LabServer.StartAsync(model, new LabServerOptions { ModelName = closed }, context.Cancel);
        await using var gateway = await GatewayServer.StartAsync(
            new GatewayOptions
            {
                Upstream = upstream.Url.ToString(),
                Listen = "http://127.0.0.1:0",
                Home = context.Place.Home.Root,

                // Public mail: its addresses are part of the prompts, which are looked for in the log again.
                Redaction = new() { Enabled = false },
            },
            cancellationToken: context.Cancel);
        await Conversation.SendAsync(context, gateway.Url, closed, $"{TagName}={context.Place.Name}", missing);
        await gateway.StopAsync();
    }

    /// <summary>The demo's exchanges that ended well, oldest first.</summary>
    public static async Task<List<Exchange>> ReadAsync(DemoContext context)
    {
        await using var store = await ExchangeStore.OpenAsync(context.Place.Home, cancellationToken: context.Cancel);
        List<Exchange> exchanges = [];
        await foreach (var exchange in store.ReadAsync(Filter(context), context.Cancel))
        {
            if (exchange is { State: TerminalState.Complete, Prompt: not null, Response: not null })
            {
                exchanges.Add(exchange);
            }
        }
        // The order of arrival depends on the network; what is made of the log must not.
        return [.. exchanges.OrderBy(exchange => exchange.Prompt, StringComparer.Ordinal)];
    }

    /// <summary>Checks the whole log: hashes of bodies, and forwarded = recorded.</summary>
    public static async Task<ExchangeVerification> VerifyAsync(DemoContext context)
    {
        await using var store = await ExchangeStore.OpenAsync(context.Place.Home, cancellationToken: context.Cancel);
        return await ExchangeVerifier.VerifyAsync(store, progress: context.Progress, cancellationToken: context.Cancel);
    }

    private static ExchangeFilter Filter(DemoContext context) =>
        ExchangeFilter.All with { OldestFirst = true, TagName = TagName, TagValue = context.Place.Name };

    private static async Task<List<(string Prompt, int Number)>> MissingAsync(DemoContext context, List<string> prompts)
    {
        HashSet<string> there = [.. (await ReadAsync(context)).Select(exchange => exchange.Prompt!)];
        return [.. prompts.Select((prompt, number) => (prompt, number)).Where(p => !there.Contains(p.prompt)).DistinctBy(p => p.prompt)];
    }
}

/// <summary>Talks to the closed model through the gateway with the official OpenAI client, as a team's own program would.</summary>
internal static class Conversation
{
    /// <summary>Requests in flight at once.</summary>
    private const int Concurrency = 32;

    /// <summary>Sends every prompt as one user message, each fourth as a stream, each with log-probabilities.</summary>
    /// <param name="context">The demo.</param>
    /// <param name="gateway">Where to send.</param>
    /// <param name="model">Name of the closed model.</param>
    /// <param name="tag">What the gateway records with every exchange.</param>
    /// <param name="prompts">Prompts with their numbers, which decide seed and streaming.</param>
    /// <exception cref="TdaException">The gateway or the closed model did not answer.</exception>
    public static async Task SendAsync(
        DemoContext context, Uri gateway, string model, string tag, IReadOnlyList<(string Prompt, int Number)> prompts)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(gateway, "/v1"), NetworkTimeout = TimeSpan.FromMinutes(5) };
        options.AddPolicy(new HeaderPolicy(new Dictionary<string, string> { [ExchangeTags.Header] = tag }), PipelinePosition.PerCall);
        var client = new ChatClient(model, new ApiKeyCredential("demo"), options);
        using var task = context.Progress.Start("talking to the closed model", prompts.Count, "exchanges");
        int done = 0, streamed = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, prompts.Count),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = context.Cancel },
            async (i, stop) =>
            {
                var stream = prompts[i].Number % 4 == 0;
                await AskAsync(client, prompts[i].Prompt, Settings(context.Options, prompts[i].Number), stream, stop);
                if (stream)
                {
                    Interlocked.Increment(ref streamed);
                }

                task.Report(Interlocked.Increment(ref done), $"{done} exchanges, {streamed} streamed");
            });
    }

    private static ChatCompletionOptions Settings(DemoOptions options, int number)
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
