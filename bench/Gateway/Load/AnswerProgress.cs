using System.Buffers.Text;

namespace Tda.Bench.Gateway.Load;

/// <summary>How far an answer, of which these bytes have come, has got.</summary>
/// <param name="Complete">Whether it is all there.</param>
/// <param name="Status">Its status.</param>
/// <param name="Closes">Whether the server closes the connection after it.</param>
internal readonly record struct AnswerProgress(bool Complete, int Status, bool Closes)
{
    public static AnswerProgress Of(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0 || !Utf8Parser.TryParse(bytes[9..], out int status, out _))
        {
            return default;
        }

        ReadOnlySpan<byte> headers = bytes[..(head + 2)], body = bytes[(head + 4)..];
        var closes = Value(headers, "connection: "u8).StartsWith("close"u8);
        var length = Value(headers, "content-length: "u8);
        var complete = length.IsEmpty
            ? body.EndsWith("0\r\n\r\n"u8) // chunked: no answer of the benchmark ends like this inside
            : Utf8Parser.TryParse(length, out int expected, out _) && body.Length >= expected;
        return new(complete, status, closes);
    }

    /// <summary>The value of a header, found whatever the case of its name.</summary>
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        while (!headers.IsEmpty)
        {
            var end = headers.IndexOf("\r\n"u8);
            var line = headers[..end];
            if (line.Length >= name.Length && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[name.Length..];
            }

            headers = headers[(end + 2)..];
        }

        return default;
    }
}
