using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;

namespace Tda.Cli.Demo.Steps;

/// <summary>Talks to the closed model through the gateway with the official OpenAI client, as a team's own program would.</summary>
public sealed class Conversation(Uri gateway, string model, string tag)
{
    /// <summary>Requests in flight at once.</summary>
    private const int Concurrency = 32;

    /// <summary>Sends every prompt; each fourth as a stream, each with log-probabilities.</summary>
    /// <param name="prompts">Prompts, each one user message, with their numbers, which decide seed and streaming.</param>
    /// <param name="maxTokens">Longest answer, in tokens.</param>
    /// <param name="temperature">Sampling temperature.</param>
    /// <param name="seed">Seed of the first request; the following ones count up.</param>
    /// <param name="progress">Gets a bar.</param>
    /// <param name="cancel">Stops between requests.</param>
    /// <exception cref="TdaException">The gateway or the closed model did not answer.</exception>
    public async Task SendAsync(
        IReadOnlyList<(string Prompt, int Number)> prompts, int maxTokens, float temperature, int seed, IProgressSink progress, CancellationToken cancel)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(gateway, "/v1"), NetworkTimeout = TimeSpan.FromMinutes(5) };
        options.AddPolicy(new TagPolicy(tag), PipelinePosition.PerCall);
        var client = new ChatClient(model, new ApiKeyCredential("demo"), options);
        using var task = progress.Start("talking to the closed model", prompts.Count, "exchanges");
        int done = 0, streamed = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, prompts.Count), new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancel },
            async (i, stop) =>
            {
                var stream = prompts[i].Number % 4 == 0;
                await AskAsync(client, prompts[i].Prompt, Settings(maxTokens, temperature, seed + prompts[i].Number), stream, stop);
                if (stream)
                {
                    Interlocked.Increment(ref streamed);
                }

                task.Report(Interlocked.Increment(ref done), $"{done} exchanges, {streamed} streamed");
            });
    }

    private static ChatCompletionOptions Settings(int maxTokens, float temperature, int seed)
    {
        var settings = new ChatCompletionOptions
        {
            MaxOutputTokenCount = maxTokens,
            Temperature = temperature,
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 5,
        };
#pragma warning disable OPENAI001 // seeds are marked experimental in the client; without one the demo would not repeat itself
        settings.Seed = seed;
#pragma warning restore OPENAI001
        return settings;
    }

    private static async Task AskAsync(ChatClient client, string prompt, ChatCompletionOptions settings, bool stream, CancellationToken stop)
    {
        ChatMessage[] messages = [new UserChatMessage(prompt)];
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

    /// <summary>Names the demo in a header that the gateway records as a tag.</summary>
    private sealed class TagPolicy(string tag) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("X-Tda-Tags", tag);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("X-Tda-Tags", tag);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
