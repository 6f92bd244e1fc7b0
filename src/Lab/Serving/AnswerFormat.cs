using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>The JSON of one endpoint's answers.</summary>
public interface IAnswerFormat
{
    /// <summary>A whole answer.</summary>
    byte[] Answer(AnswerHeader header, IReadOnlyList<GeneratedChoice> choices, TokenUsage usage);

    /// <summary>What opens a choice's stream; null where the endpoint sends nothing.</summary>
    byte[]? OpeningChunk(AnswerHeader header, int choice);

    /// <summary>The chunks of one delta; a last delta gives its text first and then the finish reason.</summary>
    IEnumerable<byte[]> Chunks(AnswerHeader header, int choice, SequenceDelta delta);

    /// <summary>The chunk without choices that ends a stream whose client asked for usage.</summary>
    byte[] UsageChunk(AnswerHeader header, TokenUsage usage);
}

/// <summary>What an answer and each of its chunks begin with.</summary>
/// <param name="Id">Unique to the answer.</param>
/// <param name="Created">Unix time, seconds.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Fingerprint">Its <c>system_fingerprint</c>.</param>
/// <param name="IncludeUsage">Whether chunks have a <c>usage</c> member, null but in the last one.</param>
public sealed record AnswerHeader(string Id, long Created, string Model, string Fingerprint, bool IncludeUsage);

/// <summary>Tokens read (BOS included) and drawn (those of stop sequences included, EOS not).</summary>
public readonly record struct TokenUsage(int PromptTokens, int CompletionTokens);

/// <summary>One completion of a plain (not streamed) answer, put together from its deltas.</summary>
public sealed class GeneratedChoice
{
    private readonly StringBuilder _text = new();
    private readonly List<GeneratedToken> _tokens = [];

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>The tokens that begin in it.</summary>
    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    /// <summary>Set by the last delta.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Tokens drawn, those of a stop sequence included.</summary>
    public int GeneratedTokens { get; private set; }

    /// <summary>Appends a delta.</summary>
    public void Add(SequenceDelta delta)
    {
        _text.Append(delta.Text);
        _tokens.AddRange(delta.Tokens);
        Finish = delta.Finish;
        GeneratedTokens = delta.GeneratedTokens;
    }
}

/// <summary>What the JSON of both endpoints has in common.</summary>
internal static class AnswerJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object with the header's members, <paramref name="choices"/> and, when given or asked for, <c>usage</c>.</summary>
    public static byte[] Envelope(string type, AnswerHeader header, bool chunk, Action<Utf8JsonWriter> choices, TokenUsage? usage)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", header.Id);
            json.WriteString("object", type);
            json.WriteNumber("created", header.Created);
            json.WriteString("model", header.Model);
            json.WriteString("system_fingerprint", header.Fingerprint);
            json.WriteStartArray("choices");
            choices(json);
            json.WriteEndArray();
            if (usage is { } counted)
            {
                WriteUsage(json, counted);
            }
            else if (chunk && header.IncludeUsage)
            {
                json.WriteNull("usage");
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteFinish(Utf8JsonWriter json, FinishReason? finish)
    {
        if (finish is { } reason)
        {
            json.WriteString("finish_reason", reason == FinishReason.Stop ? "stop" : "length");
        }
        else
        {
            json.WriteNull("finish_reason");
        }
    }

    private static void WriteUsage(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.PromptTokens);
        json.WriteNumber("completion_tokens", usage.CompletionTokens);
        json.WriteNumber("total_tokens", usage.PromptTokens + usage.CompletionTokens);
        json.WriteEndObject();
    }
}
