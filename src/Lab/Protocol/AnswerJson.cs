using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tda.Lab.Generation;

namespace Tda.Lab.Protocol;

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
