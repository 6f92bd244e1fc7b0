namespace Tda.Core.Mail;

/// <summary>Content-Transfer-Encodings (RFC 2045), read leniently: what real senders get wrong is passed through.</summary>
internal static class TransferEncoding
{
    /// <summary>Decodes by the field's value; 7bit, 8bit, binary and unknown ones are the bytes themselves.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> body, string? encoding) => encoding?.Trim().ToLowerInvariant() switch
    {
        "base64" => Base64(body),
        "quoted-printable" => QuotedPrintable(body),
        _ => body.ToArray(),
    };

    /// <summary>Skips what isn't of the alphabet, stops at the padding, and drops an incomplete last group's rest.</summary>
    public static byte[] Base64(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(text.Length * 3 / 4);
        var bits = 0;
        var count = 0;
        foreach (var character in text)
        {
            if (character == '=')
            {
                break;
            }

            var value = Base64Value(character);
            if (value < 0)
            {
                continue;
            }

            bits = (bits << 6) | value;
            count += 6;
            if (count < 8)
            {
                continue;
            }

            count -= 8;
            bytes.Add((byte)(bits >> count));
            bits &= (1 << count) - 1;
        }

        return [.. bytes];
    }

    /// <summary>Joins soft line breaks, drops space before hard ones, and leaves an '=' that starts no code as it is.</summary>
    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text)
    {
        var bytes = new List<byte>(text.Length);
        for (var start = 0; start < text.Length;)
        {
            var next = MailLines.Next(text, start, out var line);
            var broken = next > start + line.Length;
            line = line.TrimEnd(" \t"u8);
            var soft = line.EndsWith("="u8);
            Codes(soft ? line[..^1] : line, bytes);
            if (broken && !soft)
            {
                bytes.Add((byte)'\n');
            }

            start = next;
        }

        return [.. bytes];
    }

    /// <summary>The "Q" encoding of header words (RFC 2047): as quoted-printable, with '_' for space.</summary>
    public static byte[] HeaderWord(ReadOnlySpan<byte> word)
    {
        var spaced = word.ToArray();
        spaced.AsSpan().Replace((byte)'_', (byte)' ');
        var bytes = new List<byte>(word.Length);
        Codes(spaced, bytes);
        return [.. bytes];
    }

    private static void Codes(ReadOnlySpan<byte> text, List<byte> bytes)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && Hex(text[i + 1]) is var high and >= 0 && Hex(text[i + 2]) is var low and >= 0)
            {
                bytes.Add((byte)((high << 4) | low));
                i += 2;
            }
            else
            {
                bytes.Add(text[i]);
            }
        }
    }

    private static int Base64Value(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => -1,
    };

    private static int Hex(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => -1,
    };
}
