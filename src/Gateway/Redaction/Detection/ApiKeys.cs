using System.Buffers;

namespace Tda.Gateway.Redaction.Detection;

/// <summary>
/// Keys and tokens that their beginning gives away. A beginning inside a word is none ("task-force"), and the freer
/// alphabets need a digit, since "sk-learn-based-pipelines" is no key.
/// </summary>
internal static class ApiKeys
{
    // RSA keys of 16,384 bits take about 13,000 characters; whatever is longer is none.
    private const int LongestPem = 16_384;

    // A digit or dot that is to come must come within this: else a text made of beginnings would be read again for each.
    private const int Near = 256;
    private const int NearDot = 2048;

    /// <summary>
    /// Reports the key that starts at a place where <see cref="TextScanner"/> saw the beginning of one, and returns where
    /// to go on: after it, so that the whole search takes time linear in the text.
    /// </summary>
    public static int Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var rest = text[at..];
        if (rest.StartsWith("BEGIN "u8))
        {
            return FindPem(text, at, found);
        }

        if (rest[0] is (byte)'B' or (byte)'b')
        {
            return FindBearer(text, at, found);
        }

        var length = at == 0 || !Bytes.IsAlphanumeric(text[at - 1]) ? Length(rest) : 0;
        if (length == 0)
        {
            return at + 1;
        }

        found.Add(at, at + length, BuiltIn.ApiKey);
        return at + length;
    }

    private static int Length(ReadOnlySpan<byte> rest) => rest[0] switch
    {
        (byte)'s' when rest.StartsWith("sk-"u8) || rest.StartsWith("sk_"u8) => Run(rest, 3, 16, Bytes.KeyText, needsDigit: true),
        (byte)'g' when rest.StartsWith("github_pat_"u8) => Run(rest, 11, 20, Bytes.KeyText),
        (byte)'g' when rest.StartsWith("glpat-"u8) => Run(rest, 6, 16, Bytes.KeyText),
        (byte)'g' when rest.StartsWith("gsk_"u8) => Run(rest, 4, 20, Bytes.Alphanumeric),
        (byte)'g' when rest.Length > 4 && rest[1] == 'h' && rest[3] == '_' => Run(rest, 4, 20, Bytes.Alphanumeric),
        (byte)'A' when rest.StartsWith("AIza"u8) => Run(rest, 4, 30, Bytes.KeyText),
        (byte)'A' when rest.StartsWith("AKIA"u8) || rest.StartsWith("ASIA"u8) => AmazonKey(rest),
        (byte)'x' when rest.StartsWith("xox"u8) && rest.Length > 5 && rest[4] == '-' => Run(rest, 5, 10, Bytes.KeyText, needsDigit: true),
        (byte)'h' when rest.StartsWith("hf_"u8) => Run(rest, 3, 20, Bytes.Alphanumeric),
        (byte)'n' when rest.StartsWith("npm_"u8) => Run(rest, 4, 30, Bytes.Alphanumeric),
        (byte)'t' when rest.StartsWith("tda_"u8) => Run(rest, 4, 20, Bytes.KeyText, needsDigit: true),
        (byte)'e' when rest.StartsWith("eyJ"u8) => Jwt(rest),
        _ => 0,
    };

    private static int Run(ReadOnlySpan<byte> rest, int prefix, int least, SearchValues<byte> values, bool needsDigit = false)
    {
        if (needsDigit && !HasDigit(rest[prefix..Bytes.RunEnd(rest[..Math.Min(rest.Length, prefix + Near)], prefix, values)]))
        {
            return 0;
        }

        var end = Bytes.RunEnd(rest, prefix, values);
        return end - prefix >= least ? end : 0;
    }

    private static int AmazonKey(ReadOnlySpan<byte> rest)
    {
        const int length = 20;
        return rest.Length < length || rest[..length].ContainsAnyExcept(Bytes.UpperOrDigit)
            || (rest.Length > length && Bytes.IsAlphanumeric(rest[length]))
            ? 0
            : length;
    }

    private static int Jwt(ReadOnlySpan<byte> rest)
    {
        var head = rest[..Bytes.RunEnd(rest[..Math.Min(rest.Length, NearDot)], 3, Bytes.JwtText)];
        var dot = head.IndexOf((byte)'.');
        if (dot < 12)
        {
            return 0;
        }

        var end = Bytes.RunEnd(rest, dot, Bytes.JwtText);
        return end - dot > 4 ? end : 0;
    }

    private static int FindBearer(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        const int word = 6;
        if (text.Length - at <= word || !System.Text.Ascii.EqualsIgnoreCase(text.Slice(at, word), "bearer"u8) || text[at + word] is not ((byte)' ' or (byte)'+'))
        {
            return at + 1;
        }

        var start = at + word + 1;
        while (start < text.Length && text[start] == ' ')
        {
            start++;
        }

        if (!HasDigit(text[start..Bytes.RunEnd(text[..Math.Min(text.Length, start + Near)], start, Bytes.BearerText)]))
        {
            return at + 1;
        }

        var end = Bytes.RunEnd(text, start, Bytes.BearerText);
        if (end - start < 8)
        {
            return at + 1;
        }

        found.Add(start, end, BuiltIn.ApiKey);
        return end;
    }

    private static int FindPem(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        const int longestHead = 60;
        var head = text.Slice(at, Math.Min(longestHead, text.Length - at));
        var key = head.IndexOf("PRIVATE KEY"u8);
        if (at < 5 || !text.Slice(at - 5, 5).SequenceEqual("-----"u8) || key < 0 || head[6..key].ContainsAnyExcept(Bytes.PemText))
        {
            return at + 1;
        }

        // Up to the closing line, or as far as the text can be a key: half a key is a secret too.
        var limit = text[..Math.Min(text.Length, at + LongestPem)];
        var body = text[at..Bytes.RunEnd(limit, at, Bytes.PemText)];
        var close = body.IndexOf("-----END "u8);
        var end = close < 0 ? body.Length : CloseEnd(body, close + 9);
        found.Add(at - 5, at + end, BuiltIn.ApiKey);
        return at + end;
    }

    private static int CloseEnd(ReadOnlySpan<byte> body, int start)
    {
        var dashes = body[start..].IndexOf("-----"u8);
        return dashes < 0 ? body.Length : start + dashes + 5;
    }

    private static bool HasDigit(ReadOnlySpan<byte> text) => text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;
}
