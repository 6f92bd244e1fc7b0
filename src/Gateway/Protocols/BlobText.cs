using System.Buffers;
using System.Security.Cryptography;

namespace Tda.Gateway.Protocols;

/// <summary>
/// A JSON value as text, with long binary strings (base64, data URLs) replaced by a reference: the raw body keeps the bytes,
/// and a parsed column must not hold an image a second time. The reference is
/// <c>tda-blob:sha256:HEX;length=N</c>, hash and length of the string's bytes as they stand between its quotes in the body.
/// </summary>
internal static class BlobText
{
    /// <summary>Strings of more bytes than this are replaced, if they are binary.</summary>
    public const int LongestKept = 4096;

    private static readonly SearchValues<byte> Base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\"u8);

    /// <summary>The value with its blobs replaced; as sent where it has none.</summary>
    /// <param name="value">A whole and valid JSON value.</param>
    public static string Of(ReadOnlySpan<byte> value)
    {
        if (value.Length <= LongestKept)
        {
            return Encoding.UTF8.GetString(value);
        }

        var text = new StringBuilder();
        var copied = 0;
        var reader = new Utf8JsonReader(value);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > LongestKept && IsBinary(reader.ValueSpan))
            {
                Append(text, value[copied..(int)reader.TokenStartIndex]);
                text.Append('"').Append(Reference(reader.ValueSpan)).Append('"');
                copied = (int)reader.BytesConsumed;
            }
        }

        Append(text, value[copied..]);
        return text.ToString();
    }

    /// <summary>What stands in a blob's place.</summary>
    public static string Reference(ReadOnlySpan<byte> blob) =>
        string.Create(
            CultureInfo.InvariantCulture, $"tda-blob:sha256:{Convert.ToHexStringLower(SHA256.HashData(blob))};length={blob.Length}");

    private static bool IsBinary(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("data:"u8))
        {
            var comma = text[..Math.Min(text.Length, 256)].IndexOf((byte)',');
            return comma > 0 && text[..comma].EndsWith(";base64"u8) && !text[(comma + 1)..].ContainsAnyExcept(Base64);
        }

        return !text.ContainsAnyExcept(Base64);
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> bytes) => text.Append(Encoding.UTF8.GetString(bytes));
}
