using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>The JSON of one endpoint's answer, whole and in chunks. One instance an answer.</summary>
internal abstract class AnswerFormat(AnswerHeader header, bool logprobs, string type, string chunkType)
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A whole answer.</summary>
    public byte[] Answer(IReadOnlyList<GeneratedChoice> choices, TokenUsage usage) =>
        Envelope(type, choices.Select((c, i) => Choice(i, c.Text, Logprobs(i, c.Tokens), c.Finish)), usage);

    /// <summary>What opens a choice's stream; null where the endpoint sends nothing.</summary>
    public virtual byte[]? OpeningChunk(int choice) => null;

    /// <summary>The chunks of one delta; a last delta gives its text first and then the finish reason.</summary>
    public IEnumerable<byte[]> Chunks(int choice, SequenceDelta delta)
    {
        if (delta.Text.Length > 0 || (logprobs && delta.Tokens.Count > 0))
        {
            yield return Chunk(ChunkChoice(choice, delta.Text, Logprobs(choice, delta.Tokens), null));
        }

        if (delta.Finish is { } finish)
        {
            yield return Chunk(ChunkChoice(choice, null, null, finish));
        }
    }

    /// <summary>The chunk without choices that ends a stream whose client asked for usage.</summary>
    public byte[] UsageChunk(TokenUsage usage) => Envelope(chunkType, [], usage);

    /// <summary>A choice of a whole answer.</summary>
    protected abstract JsonObject Choice(int index, string text, JsonObject? logprobs, FinishReason? finish);

    /// <summary>A choice of a chunk; the chunk with the finish reason has no text.</summary>
    protected abstract JsonObject ChunkChoice(int index, string? text, JsonObject? logprobs, FinishReason? finish);

    /// <summary>The log-probabilities of tokens, of which there is at least one.</summary>
    protected abstract JsonObject TokenLogprobs(int index, IReadOnlyList<GeneratedToken> tokens);

    protected static string? Name(FinishReason? finish) => finish switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => null,
    };

    protected static JsonArray Array(IEnumerable<JsonNode?> items) => new([.. items]);

    protected byte[] Chunk(JsonObject choice) => Envelope(chunkType, [choice], null);

    private JsonObject? Logprobs(int index, IReadOnlyList<GeneratedToken> tokens) =>
        logprobs && tokens.Count > 0 ? TokenLogprobs(index, tokens) : null;

    private byte[] Envelope(string kind, IEnumerable<JsonObject> choices, TokenUsage? usage)
    {
        var body = new JsonObject
        {
            ["id"] = header.Id,
            ["object"] = kind,
            ["created"] = header.Created,
            ["model"] = header.Model,
            ["system_fingerprint"] = header.Fingerprint,
            ["choices"] = Array(choices),
        };
        if (usage is { } counted)
        {
            body["usage"] = new JsonObject
            {
                ["prompt_tokens"] = counted.PromptTokens,
                ["completion_tokens"] = counted.CompletionTokens,
                ["total_tokens"] = counted.PromptTokens + counted.CompletionTokens,
            };
        }
        else if (kind == chunkType && header.IncludeUsage)
        {
            body["usage"] = null;
        }

        return JsonSerializer.SerializeToUtf8Bytes(body, Options);
    }
}

/// <summary>What an answer and each of its chunks begin with.</summary>
/// <param name="Id">Unique to the answer.</param>
/// <param name="Created">Unix time, seconds.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Fingerprint">Its <c>system_fingerprint</c>.</param>
/// <param name="IncludeUsage">Whether chunks have a <c>usage</c> member, null but in the last one.</param>
internal sealed record AnswerHeader(string Id, long Created, string Model, string Fingerprint, bool IncludeUsage);

/// <summary>Tokens read (BOS included) and drawn (those of stop sequences included, EOS not).</summary>
internal readonly record struct TokenUsage(int PromptTokens, int CompletionTokens);
