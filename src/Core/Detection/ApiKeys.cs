using System.Buffers;
using System.Buffers.Text;

namespace Tda.Core.Detection;

/// <summary>
/// Keys and tokens that their surroundings or their own form give away: credentials of <c>Bearer</c> and <c>Basic</c>, PEM blocks
/// and JSON Web Tokens. What vendors' keys begin with stands in <see cref="KeyFormats"/>.
/// </summary>
internal static class ApiKeys
{
    // RSA keys of 16,384 bits take about 13,000 characters; whatever is longer is none.
    private const int LongestPem = 16_384;
    private const int ShortestPemLine = 16;

    // A digit or dot that is to come must come within this: else a text made of beginnings would be read again for each.
    private const int Near = 256;
    private const int NearDot = 2048;

    /// <summary>How each of them begins, and what finds it.</summary>
    public static IEnumerable<(string Beginning, SecretFinder Finder)> Finders =>
        [(Beginnings.AnyCase(["bearer"]), FindBearer), (Beginnings.AnyCase(["basic"]), FindBasic), ("BEGIN ", FindPem), ("eyJ", FindJwt)];

    private static int FindJwt(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        if (at > 0 && Bytes.IsAlphanumeric(text[at - 1]))
        {
            return 0;
        }

        var end = Bytes.RunEnd(text[..Math.Min(text.Length, at + NearDot)], at, Bytes.JwtText);
        var dot = text[at..end].IndexOf((byte)'.');
        if (dot < 12)
        {
            return 0;
        }

        end = Bytes.RunEnd(text, at + dot, Bytes.JwtText);
        return end - at - dot > 4 ? Add(found, at, end) : 0;
    }

    private static int FindBearer(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var start = AfterScheme(text, at, "bearer"u8);
        if (start == 0 || !KeyShape.Digit.Fits(text[start..Bytes.RunEnd(text[..Math.Min(text.Length, start + Near)], start, Bytes.BearerText)]))
        {
            return 0;
        }

        var end = Bytes.RunEnd(text, start, Bytes.BearerText);
        return end - start >= 8 ? Add(found, start, end) : 0;
    }

    /// <summary>RFC 7617: base64 of a name, a colon and a password; other words that follow "basic" decode to no such thing.</summary>
    private static int FindBasic(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var start = AfterScheme(text, at, "basic"u8);
        if (start == 0)
        {
            return 0;
        }

        var end = Bytes.RunEnd(text[..Math.Min(text.Length, start + Near)], start, Bytes.Base64Text);
        var body = text[start..end].TrimEnd((byte)'=');
        Span<byte> padded = stackalloc byte[Near + 3];
        Span<byte> decoded = stackalloc byte[Near];
        padded.Fill((byte)'=');
        body.CopyTo(padded);
        return Base64.DecodeFromUtf8(padded[..((body.Length + 3) / 4 * 4)], decoded, out _, out var written) == OperationStatus.Done
            && decoded[..written].Contains((byte)':') && !decoded[..written].ContainsAnyInRange((byte)0, (byte)31)
            && System.Text.Unicode.Utf8.IsValid(decoded[..written])
                ? Add(found, start, end)
                : 0;
    }

    /// <summary>Where the credentials start behind a scheme and spaces; 0 when something else stands here.</summary>
    private static int AfterScheme(ReadOnlySpan<byte> text, int at, ReadOnlySpan<byte> scheme)
    {
        var start = at + scheme.Length;
        if (start >= text.Length || !Ascii.EqualsIgnoreCase(text[at..start], scheme) || text[start] is not ((byte)' ' or (byte)'+'))
        {
            return 0;
        }

        do
        {
            start++;
        }
        while (start < text.Length && text[start] == ' ');
        return start;
    }

    private static int FindPem(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        const int longestHead = 60;
        var head = text.Slice(at, Math.Min(longestHead, text.Length - at));
        var key = head.IndexOf("PRIVATE KEY"u8);
        if (!head.StartsWith("BEGIN "u8) || at < 5 || !text.Slice(at - 5, 5).SequenceEqual("-----"u8) || key < 0 || head[6..key].ContainsAnyExcept(Bytes.PemText))
        {
            return 0;
        }

        // The key lies between the dashes of the head and those of the closing line, if that is there: half a key is a secret too. A
        // head alone, as programs that look for one have it, is none.
        var limit = text[..Math.Min(text.Length, at + LongestPem)];
        var start = limit[(at + key)..].IndexOf("-----"u8);
        if (start < 0)
        {
            return 0;
        }

        start += at + key + 5;
        var body = limit[start..Bytes.RunEnd(limit, start, Bytes.PemText)];
        var close = body.IndexOf("-----"u8);
        var lines = EndOfLines(close < 0 ? body : body[..close]);
        if (lines == 0)
        {
            return 0;
        }

        return Add(found, at - 5, start + (close < 0 || lines < close - 80 ? lines : CloseEnd(body, close)));
    }

    /// <summary>The end of the last line of a key's base64; 0 when there is none.</summary>
    private static int EndOfLines(ReadOnlySpan<byte> body)
    {
        var end = 0;
        for (var at = 0; at < body.Length;)
        {
            var wordEnd = Bytes.RunEnd(body, at, Bytes.Base64Text);
            if (wordEnd - at >= ShortestPemLine || (end > 0 && wordEnd > at && body[wordEnd - 1] == '='))
            {
                end = wordEnd;
            }

            at = wordEnd + 1;
        }

        return end;
    }

    private static int CloseEnd(ReadOnlySpan<byte> body, int close)
    {
        var dashes = body[(close + 5)..].IndexOf("-----"u8);
        return dashes < 0 ? body.Length : close + 5 + dashes + 5;
    }

    private static int Add(SecretSpans found, int start, int end)
    {
        found.Add(start, end, SecretKinds.ApiKey);
        return end;
    }
}
