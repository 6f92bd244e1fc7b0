using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>A request's or response's body as it went over the wire.</summary>
/// <param name="Bytes">The recorded bytes: all of them, or the first ones when <see cref="Truncated"/>.</param>
/// <param name="Length">Bytes that went over the wire.</param>
/// <param name="Sha256">
/// Lower-case hex SHA-256 of all the bytes that went over the wire, recorded or not; of the stored bytes when
/// <see cref="Redactions"/> is not 0, since a hash of the original would let a short secret be guessed.
/// </param>
[JsonConverter(typeof(RecordedBodyConverter))]
public sealed record RecordedBody(byte[] Bytes, long Length, string Sha256)
{
    /// <summary>The body of a message that has none.</summary>
    public static RecordedBody Empty { get; } = Of([]);

    /// <summary>How many bytes are recorded: those of <see cref="Bytes"/>, but for an envelope, which is read before them.</summary>
    public long KeptBytes { get; init; } = Bytes.LongLength;

    /// <summary>How many secrets were masked in <see cref="Bytes"/>; a mask has the length of what it hides.</summary>
    public int Redactions { get; init; }

    /// <summary>Whether <see cref="Bytes"/> are the unpacked content: a packed body in which something had to be masked.</summary>
    public bool Unpacked { get; init; }

    /// <summary>Whether the body was longer than the recorder's limit, or than there was memory for: <see cref="Bytes"/> is only its beginning.</summary>
    public bool Truncated => !Unpacked && Length > KeptBytes;

    /// <summary>A body recorded in full.</summary>
    public static RecordedBody Of(byte[] bytes) => new(bytes, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}

/// <summary>
/// A body in JSON: <c>length</c>, <c>sha256</c>, and the recorded bytes as <c>text</c> when they are UTF-8, else as <c>base64</c>.
/// Either way the bytes come back exactly.
/// </summary>
public sealed class RecordedBodyConverter : JsonConverter<RecordedBody>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override RecordedBody Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var body = document.RootElement;
        if (body.ValueKind != JsonValueKind.Object
            || !body.TryGetProperty("length", out var length) || !length.TryGetInt64(out var count)
            || !body.TryGetProperty("sha256", out var sha256) || sha256.ValueKind != JsonValueKind.String)
        {
            throw new JsonException("a body needs length and sha256");
        }

        var redactions = body.TryGetProperty("redactions", out var masked) && masked.TryGetInt32(out var number) ? number : 0;
        var unpacked = body.TryGetProperty("unpacked", out var plain) && plain.ValueKind == JsonValueKind.True;
        if (body.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
        {
            return new(Strict.GetBytes(text.GetString()!), count, sha256.GetString()!) { Redactions = redactions, Unpacked = unpacked };
        }

        return body.TryGetProperty("base64", out var base64) && base64.TryGetBytesFromBase64(out var bytes)
            ? new(bytes, count, sha256.GetString()!) { Redactions = redactions, Unpacked = unpacked }
            : throw new JsonException("a body needs text or base64");
    }

    public override void Write(Utf8JsonWriter writer, RecordedBody value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("length", value.Length);
        writer.WriteString("sha256", value.Sha256);
        writer.WriteBoolean("truncated", value.Truncated);
        if (value.Redactions > 0)
        {
            writer.WriteNumber("redactions", value.Redactions);
        }

        if (value.Unpacked)
        {
            writer.WriteBoolean("unpacked", true);
        }

        if (TryDecode(value.Bytes, out var text))
        {
            writer.WriteString("text", text);
        }
        else
        {
            writer.WriteBase64String("base64", value.Bytes);
        }

        writer.WriteEndObject();
    }

    private static bool TryDecode(byte[] bytes, out string text)
    {
        try
        {
            text = Strict.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }
}
