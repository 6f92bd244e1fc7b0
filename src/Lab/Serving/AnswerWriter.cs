using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>Generates what a call asks for and writes it, whole or as server-sent events.</summary>
internal sealed class AnswerWriter(ITextModel model, TokenTexts texts, GenerationEngine engine, LabServerOptions options)
{
    private readonly SemaphoreSlim _scoring = new(1, 1);
    private long _unseeded = options.Seed - 1;

    public async Task WriteAsync(HttpContext context, GenerationCall call)
    {
        var request = new GenerationRequest(Encode(call), call.Sampling, call.Choices, call.Seed ?? Interlocked.Increment(ref _unseeded));
        if (request.Sequences > options.MaxQueue)
        {
            throw ApiException.Invalid(
                $"The request asks for {request.Sequences} completions; this server takes up to {options.MaxQueue}.", "n");
        }

        var generated = call.Sampling.MaxTokens == 0 ? null : engine.TrySubmit(request, context.RequestAborted) ?? throw new ApiException(
            429, "The server's queue is full. Please try again later.", "rate_limit_error", code: "queue_full");
        var deltas = DeltasAsync(call, request, generated, context.RequestAborted);

        var header = new AnswerHeader(
            $"{(call.Kind == CallKind.Chat ? "chatcmpl" : "cmpl")}-{Guid.NewGuid():N}",
            options.Time.GetUtcNow().ToUnixTimeSeconds(), options.ModelName, model.Fingerprint, call.IncludeUsage);
        AnswerFormat format = call.Kind == CallKind.Chat
            ? new ChatFormat(header, texts, call.Sampling.TopLogprobs is not null)
            : new CompletionFormat(header, texts, call);
        if (call.Stream)
        {
            await StreamAsync(context, request, deltas, format, call.IncludeUsage);
        }
        else
        {
            await AnswerAsync(context, request, deltas, format);
        }
    }

    /// <summary>The echoed prompts where they are asked for, then what the engine draws.</summary>
    private async IAsyncEnumerable<IndexedDelta> DeltasAsync(
        GenerationCall call, GenerationRequest request, ChannelReader<IndexedDelta>? generated,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var prompt = 0; call.Echo && prompt < request.Prompts.Count; prompt++)
        {
            var tokens =
                call.Sampling.TopLogprobs is { } alternatives ? await ScoreAsync(request.Prompts[prompt], alternatives, cancel) : [];
            FinishReason? finish = generated is null ? FinishReason.Length : null;
            for (var choice = 0; choice < call.Choices; choice++)
            {
                yield return new IndexedDelta((prompt * call.Choices) + choice, new SequenceDelta(call.Prompts[prompt], tokens, finish, 0));
            }
        }

        if (generated is not null)
        {
            await foreach (var delta in generated.ReadAllAsync(cancel))
            {
                yield return delta;
            }
        }
    }

    // One at a time: the cores are the generation's too.
    private async Task<IReadOnlyList<GeneratedToken>> ScoreAsync(int[] tokens, int alternatives, CancellationToken cancel)
    {
        await _scoring.WaitAsync(cancel);
        try
        {
            return await Task.Run(() => TokenSampler.Score(model, tokens, alternatives), cancel);
        }
        finally
        {
            _scoring.Release();
        }
    }

    private IReadOnlyList<int[]> Encode(GenerationCall call)
    {
        try
        {
            return call.Prompts.Select(p => PromptEncoder.Encode(model, p)).ToArray();
        }
        catch (ContextLengthException e)
        {
            throw ApiException.Invalid(e.Message, call.Kind == CallKind.Chat ? "messages" : "prompt", "context_length_exceeded");
        }
    }

    private static async Task AnswerAsync(
        HttpContext context, GenerationRequest request, IAsyncEnumerable<IndexedDelta> deltas, AnswerFormat format)
    {
        var choices = Enumerable.Range(0, request.Sequences).Select(_ => new GeneratedChoice()).ToArray();
        await foreach (var (index, delta) in deltas)
        {
            choices[index].Add(delta);
        }

        context.Response.ContentType = "application/json";
        var usage = new TokenUsage(request.Prompts.Sum(p => p.Length), choices.Sum(c => c.GeneratedTokens));
        var body = format.Answer(choices, usage);
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private static async Task StreamAsync(
        HttpContext context, GenerationRequest request, IAsyncEnumerable<IndexedDelta> deltas, AnswerFormat format, bool includeUsage)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        for (var choice = 0; choice < request.Sequences; choice++)
        {
            if (format.OpeningChunk(choice) is { } opening)
            {
                await SendAsync(opening);
            }
        }

        var generated = 0;
        await foreach (var (index, delta) in deltas)
        {
            if (delta.Finish is not null)
            {
                generated += delta.GeneratedTokens;
            }

            foreach (var chunk in format.Chunks(index, delta))
            {
                await SendAsync(chunk);
            }
        }

        if (includeUsage)
        {
            await SendAsync(format.UsageChunk(new TokenUsage(request.Prompts.Sum(p => p.Length), generated)));
        }

        await SendAsync("[DONE]"u8.ToArray());

        async Task SendAsync(byte[] data)
        {
            await context.Response.BodyWriter.WriteAsync(ServerSentEvents.Event(data), context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }
}
