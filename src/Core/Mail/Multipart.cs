using System.Text;

namespace Tda.Core.Mail;

/// <summary>Finds the parts of a multipart body (RFC 2046).</summary>
internal static class Multipart
{
    /// <summary>
    /// Where the parts are, without delimiters, preamble and epilogue. A missing closing delimiter ends the last part at
    /// the body's end; a missing boundary gives no parts.
    /// </summary>
    public static List<Range> Split(ReadOnlySpan<byte> body, string? boundary)
    {
        var parts = new List<Range>();
        if (string.IsNullOrEmpty(boundary))
        {
            return parts;
        }

        var delimiter = Encoding.Latin1.GetBytes("--" + boundary.TrimEnd());
        var partStart = -1;
        for (var start = 0; start < body.Length;)
        {
            var next = MailLines.Next(body, start, out var line);
            if (IsDelimiter(line, delimiter, out var closing))
            {
                if (partStart >= 0)
                {
                    parts.Add(partStart..EndBefore(body, partStart, start));
                }

                partStart = closing ? -1 : next;
                if (closing)
                {
                    return parts;
                }
            }

            start = next;
        }

        if (partStart >= 0)
        {
            parts.Add(partStart..body.Length);
        }

        return parts;
    }

    private static bool IsDelimiter(ReadOnlySpan<byte> line, byte[] delimiter, out bool closing)
    {
        closing = false;
        if (!line.StartsWith(delimiter))
        {
            return false;
        }

        var rest = line[delimiter.Length..].TrimEnd(" \t"u8);
        closing = rest.SequenceEqual("--"u8);
        return closing || rest.IsEmpty;
    }

    /// <summary>The line break before a delimiter belongs to the delimiter.</summary>
    private static int EndBefore(ReadOnlySpan<byte> body, int start, int delimiterStart)
    {
        var end = delimiterStart;
        if (end > start && body[end - 1] == '\n')
        {
            end--;
        }

        if (end > start && body[end - 1] == '\r')
        {
            end--;
        }

        return end;
    }
}
