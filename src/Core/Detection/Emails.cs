namespace Tda.Core.Detection;

/// <summary>E-mail addresses: a local part, '@', a host under a top-level domain; letters may be of any script.</summary>
internal static class Emails
{
    // RFC 5321, 4.5.3.1.
    private const int LongestLocal = 64;
    private const int LongestHost = 255;

    // What code writes before an '@' that belongs to no address: Kotlin's labels, git's user.
    private static readonly string[] NoPersons = ["this", "super", "return", "break", "continue", "git"];

    /// <summary>Reports the address around an '@', and says whether there is one.</summary>
    public static bool Find(ReadOnlySpan<byte> text, int at, SecretSpans found)
    {
        var start = Start(text, at);
        if (start == at || HostEnd(text, at + 1) is not (var end and > 0) || IsCode(text, start, at, end))
        {
            return false;
        }

        found.Add(start, end, SecretKinds.Email);
        return true;
    }

    private static int Start(ReadOnlySpan<byte> text, int at)
    {
        // Letters beyond ASCII belong to the address (RFC 6531); those of scripts that write no spaces only where all before the '@' is
        // in them: in other words they are the sentence's.
        var before = text[Math.Max(0, at - LongestLocal)..at];
        var start = before.Length;
        var script = start > 0 && before[start - 1] >= 0x80;
        while (start > 0)
        {
            if (Bytes.LocalPart.Contains(before[start - 1]))
            {
                start--;
            }
            else if (Rune.DecodeLastFromUtf8(before[..start], out var rune, out var length) == System.Buffers.OperationStatus.Done && rune.Value >= 0x80
                && Rune.IsLetter(rune) && (script || length == 2))
            {
                start -= length;
            }
            else
            {
                break;
            }
        }

        start += at - before.Length;
        while (start < at && text[start] is (byte)'.' or (byte)'\'')
        {
            start++;
        }

        return start;
    }

    private static bool IsCode(ReadOnlySpan<byte> text, int start, int at, int end)
    {
        if (end < text.Length && text[end] is (byte)'(' or (byte)'[' or (byte)'_')
        {
            return true;
        }

        // A product of matrices ends in a domain only where a property has a domain's name.
        var host = text[(at + 1)..end];
        if (IsProperty(host[(host.LastIndexOf((byte)'.') + 1)..]) && (IsOperator(text[..start].TrimEnd((byte)' '), ^1) || IsOperator(text[end..].TrimStart((byte)' '), 0)))
        {
            return true;
        }

        foreach (var name in NoPersons)
        {
            if (Ascii.Equals(text[start..at], name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsProperty(ReadOnlySpan<byte> name) => name.SequenceEqual("data"u8) || name.SequenceEqual("name"u8) || name.SequenceEqual("info"u8);

    private static bool IsOperator(ReadOnlySpan<byte> text, Index at) => !text.IsEmpty && text[at] is (byte)'=' or (byte)'*' or (byte)'+' or (byte)'-' or (byte)'@' or (byte)'/';

    /// <summary>The end of the longest host that starts here; 0 when there is none.</summary>
    private static int HostEnd(ReadOnlySpan<byte> text, int start)
    {
        var limit = Math.Min(text.Length, start + LongestHost);
        var end = 0;
        for (var label = start; label < limit;)
        {
            var dot = LabelEnd(text[..limit], label);
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

    private static int LabelEnd(ReadOnlySpan<byte> text, int start)
    {
        while (start < text.Length)
        {
            if (Bytes.HostLabel.Contains(text[start]))
            {
                start = Bytes.RunEnd(text, start, Bytes.HostLabel);
            }
            else if (text[start] >= 0x80 && Rune.DecodeFromUtf8(text[start..], out var rune, out var length) == System.Buffers.OperationStatus.Done
                && (Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
            {
                start += length;
            }
            else
            {
                break;
            }
        }

        return start;
    }

    private static int TopLevelEnd(ReadOnlySpan<byte> text, int label, int labelEnd, int otherwise)
    {
        // Of "com谢谢" the domain is "com", and a dash ends a sentence's address: "a@b.com-".
        var name = text[label..labelEnd];
        var letters = text[label] < 0x80 && !name.StartsWith("xn--"u8) ? label + Bytes.RunEnd(name, 0, Bytes.Letter) : labelEnd;
        return TopLevelDomains.Contains(text[label..letters]) ? letters : otherwise;
    }
}
