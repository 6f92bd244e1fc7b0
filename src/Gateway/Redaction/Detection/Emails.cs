namespace Tda.Gateway.Redaction.Detection;

/// <summary>E-mail addresses: a local part, '@', a host with a top-level domain of letters.</summary>
internal static class Emails
{
    // RFC 5321, 4.5.3.1.
    private const int LongestLocal = 64;
    private const int LongestHost = 255;

    /// <summary>Reports the address around an '@'.</summary>
    public static void Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var before = text[Math.Max(0, at - LongestLocal)..at];
        var start = at - (before.Length - 1 - before.LastIndexOfAnyExcept(Bytes.LocalPart));
        while (start < at && text[start] == '.')
        {
            start++;
        }

        if (start < at && HostEnd(text, at + 1) is var end and > 0)
        {
            found.Add(start, end, BuiltIn.Email);
        }
    }

    /// <summary>The end of the longest host that starts here; 0 when there is none.</summary>
    private static int HostEnd(ReadOnlySpan<byte> text, int start)
    {
        var limit = Math.Min(text.Length, start + LongestHost);
        var end = 0;
        for (var label = start; label < limit;)
        {
            var dot = Bytes.RunEnd(text[..limit], label, Bytes.HostLabel);
            if (dot == label)
            {
                break;
            }

            end = label > start ? TopLevelEnd(text, label, dot, end) : end;
            if (dot >= limit || text[dot] != '.')
            {
                break;
            }

            label = dot + 1;
        }

        return end;
    }

    private static int TopLevelEnd(ReadOnlySpan<byte> text, int label, int labelEnd, int otherwise)
    {
        if (text[label..labelEnd].StartsWith("xn--"u8))
        {
            return labelEnd;
        }

        var letters = Bytes.RunEnd(text[..labelEnd], label, Bytes.Letter);
        return letters - label >= 2 ? letters : otherwise;
    }
}
