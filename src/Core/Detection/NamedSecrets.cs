using System.Buffers;

namespace Tda.Core.Detection;

/// <summary>
/// Passwords, tokens and keys that a name before them gives away: <c>password: …</c>, <c>"api_key": "…"</c>, <c>Pwd=…;</c>,
/// <c>?token=…</c>, <c>--password …</c>, and passwords in addresses, <c>scheme://user:…@host</c>. What code assigns to such a
/// name (another name, a call, a type) is none.
/// </summary>
internal static class NamedSecrets
{
    private const int LongestName = 24;
    private const int LongestValue = 512;
    private const int MostSpaces = 4;

    private static readonly SearchValues<byte> NameText = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);
    private static readonly SearchValues<byte> ValueEnd = SearchValues.Create(" \t\r\n\"'`,;&<>()[]{}|\\"u8);
    private static readonly SearchValues<byte> Signs = SearchValues.Create("!@#%^*+?~$"u8);
    private static readonly SearchValues<byte> UserInfoEnd = SearchValues.Create("/@ \t\r\n\"'`<>(){}[]|\\"u8);

    private static readonly string[] Words =
        ["password", "passwd", "passphrase", "passcode", "pass", "pwd", "secret", "token", "authorization", "key"];

    // What stands before "key" in the names of secret ones. A key alone is a dictionary's.
    private static readonly string[] SecretKeys =
        ["api", "access", "account", "secret", "private", "shared", "sharedaccess", "encryption", "master", "auth", "app", "subscription", "license", "signing", "storage", "service", "admin"];

    // What documents and programs write where a secret would be.
    private const int LongestStandIn = 64;
    private static readonly string[] StandIns =
    [
        "password", "passwd", "passphrase", "pass", "pwd", "secret", "string", "text", "hidden", "none", "null", "true", "false", "nil", "undefined", "object",
        "required", "optional", "unknown", "empty", "default", "value", "changeme", "boolean", "number", "integer", "char", "bytes", "byte",
    ];

    private static readonly string[] StandInParts = ["your", "example", "placeholder", "xxx", "dummy", "redacted", "**", "..."];

    /// <summary>Each word's beginning, and what finds the secret named by it.</summary>
    public static IEnumerable<(string Beginning, SecretFinder Finder)> Finders =>
        from word in Words
        group word by word[..3] into words
        let all = words.ToArray()
        select (Beginnings.AnyCase(words), (SecretFinder)((text, at, found) => Find(text, at, all, found)));

    /// <summary>Whether a text may end between such a name and its secret.</summary>
    public static bool MayBeOpen(ReadOnlySpan<byte> end)
    {
        var near = Encoding.Latin1.GetString(end[^Math.Min(end.Length, 2 * LongestName)..]);
        return Words.Any(word => near.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// The password in an address whose '@' this is, <c>scheme://user:password@host</c>: reports it, and says that the '@' belongs to
    /// no e-mail address.
    /// </summary>
    public static bool FindInAddress(ReadOnlySpan<byte> text, int at, SecretSpans? found)
    {
        var before = text[Math.Max(0, at - LongestValue)..at];
        var info = before[(before.LastIndexOfAny(UserInfoEnd) + 1)..];
        var start = at - info.Length;
        var colon = info.IndexOf((byte)':');
        if (colon < 0 || start < 3 || !text[(start - 3)..start].SequenceEqual("://"u8))
        {
            return false;
        }

        // A password may hold a '@' that nobody escaped: the last one before the path divides it from the host.
        var end = at;
        var rest = text[at..Math.Min(text.Length, at + LongestValue)];
        for (var next = 1; next < rest.Length && rest[next..].IndexOfAny(UserInfoEnd) is var stop and >= 0 && rest[next + stop] == '@';)
        {
            next += stop + 1;
            end = at + next - 1;
        }

        var value = text[(start + colon + 1)..end];
        if (value.Length > 0 && !IsPlaceholder(value))
        {
            found?.Add(end - value.Length, end, SecretKinds.Password);
        }

        return true;
    }

    private static int Find(ReadOnlySpan<byte> text, int at, string[] words, SecretSpans found)
    {
        if (Word(text, at, words) is not { } word)
        {
            return 0;
        }

        var nameStart = NameStart(text, at);
        var place = Value(text, nameStart, at + word.Length, word);
        if (place.Start == 0)
        {
            return 0;
        }

        if (word == "authorization")
        {
            place.Start = AfterScheme(text, place.Start);
        }

        var end = place.Quote != 0 ? QuoteEnd(text, place.Start, place.Quote) : UnquotedEnd(text, place.Start);
        if (end <= place.Start || end - place.Start > LongestValue || !IsSecret(text, place, end, word))
        {
            return 0;
        }

        found.Add(place.Start, end, word is "token" or "key" or "authorization" ? SecretKinds.ApiKey : SecretKinds.Password);
        return end;
    }

    /// <summary>The word that stands here as the end of a name.</summary>
    private static string? Word(ReadOnlySpan<byte> text, int at, string[] words)
    {
        foreach (var word in words)
        {
            var end = at + word.Length;
            if (end < text.Length && (text[end - 1] | 0x20) == word[^1] && Ascii.EqualsIgnoreCase(text[at..end], word) && !NameText.Contains(text[end]))
            {
                return IsWhole(text, at, word) ? word : null;
            }
        }

        return null;
    }

    /// <summary>Whether the word is one: "bypass" is no pass, and only some keys are secret.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> text, int at, string word)
    {
        var before = text[NameStart(text, at)..at];
        if (word is "pass" or "pwd" or "authorization")
        {
            return before.IsEmpty || before[^1] is (byte)'_' or (byte)'-' || (text[at] is >= (byte)'A' and <= (byte)'Z' && before[^1] >= 'a');
        }

        if (word != "key")
        {
            return true;
        }

        before = before.TrimEnd("_-"u8);
        foreach (var kind in SecretKeys)
        {
            if (before.Length >= kind.Length && Ascii.EqualsIgnoreCase(before[^kind.Length..], kind))
            {
                return true;
            }
        }

        return false;
    }

    private static int NameStart(ReadOnlySpan<byte> text, int at)
    {
        var near = text[Math.Max(0, at - LongestName)..at];
        return at - (near.Length - 1 - near.LastIndexOfAnyExcept(NameText));
    }

    /// <summary>Where the value starts that belongs to a name, its quote, and how name and value are tied.</summary>
    private static NamedValue Value(ReadOnlySpan<byte> text, int nameStart, int nameEnd, string word)
    {
        var at = nameEnd;
        var quoted = text[at] is (byte)'"' or (byte)'\'' && nameStart > 0 && text[nameStart - 1] == text[at];
        at = SkipSpaces(text, quoted ? at + 1 : at);
        if (at >= text.Length)
        {
            return default;
        }

        var spaced = at > nameEnd && !quoted;
        var tie = Tie.Assigned;
        if (text[at] == '=' || text[at] == ':')
        {
            // Comparisons, C++'s "::", and "key => value".
            var two = at + 1 < text.Length ? text[at + 1] : (byte)0;
            if (two is (byte)':' || (two == '=' && text[at] == '='))
            {
                return default;
            }

            tie = quoted ? Tie.Quoted
                : text[at] == '=' && nameStart > 0 && text[nameStart - 1] is (byte)'?' or (byte)'&' ? Tie.Parameter
                : text[at] == ':' ? Tie.Said : Tie.Assigned;
            at += two is (byte)'>' or (byte)'=' ? 2 : 1;
        }
        else if (text[at] == '>' && !spaced && nameStart > 0 && text[nameStart - 1] == '<')
        {
            (tie, at) = (Tie.Element, at + 1);
        }
        else if (spaced && text[at..].StartsWith("is "u8) && word != "key")
        {
            (tie, at) = (Tie.Said, at + 3);
        }
        else if (spaced && text[nameStart] == '-' && text[nameStart..].StartsWith("--"u8))
        {
            tie = Tie.Said;
        }
        else
        {
            return default;
        }

        var start = SkipSpaces(text, at);
        if (start >= text.Length)
        {
            return default;
        }

        var quote = text[start] is (byte)'"' or (byte)'\'' or (byte)'`' ? text[start] : (byte)0;
        return new(quote != 0 ? start + 1 : start, quote, tie, spaced || start > at);
    }

    private static int AfterScheme(ReadOnlySpan<byte> text, int start)
    {
        var end = Bytes.RunEnd(text[..Math.Min(text.Length, start + LongestName)], start, Bytes.Letter);
        return end > start && end + 1 < text.Length && text[end] == ' ' ? end + 1 : start;
    }

    private static int SkipSpaces(ReadOnlySpan<byte> text, int at)
    {
        var limit = Math.Min(text.Length, at + MostSpaces);
        while (at < limit && text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static int QuoteEnd(ReadOnlySpan<byte> text, int start, byte quote)
    {
        var rest = text[start..Math.Min(text.Length, start + LongestValue + 1)];
        var end = rest.IndexOf(quote);
        return end < 0 || rest[..end].ContainsAny((byte)'\n', (byte)'\r') ? 0 : start + end;
    }

    private static int UnquotedEnd(ReadOnlySpan<byte> text, int start)
    {
        var rest = text[start..Math.Min(text.Length, start + LongestValue + 1)];
        var end = rest.IndexOfAny(ValueEnd);
        end = end < 0 ? rest.Length : end;
        return start + rest[..end].TrimEnd(".:!?"u8).Length;
    }

    private static bool IsSecret(ReadOnlySpan<byte> text, NamedValue place, int end, string word)
    {
        var value = text[place.Start..end];
        var weak = word is "token" or "key" or "authorization";
        if (value.Length < (weak ? 16 : word is "secret" ? 8 : 4) || IsPlaceholder(value) || value.ContainsAny(" \t"u8))
        {
            return false;
        }

        if (weak || word == "secret")
        {
            return Randomness.IsIn(value) && !value.ContainsAny("()[]{}<>"u8);
        }

        var digit = value.ContainsAnyInRange((byte)'0', (byte)'9');
        var letter = value.ContainsAnyInRange((byte)'a', (byte)'z') || value.ContainsAnyInRange((byte)'A', (byte)'Z');
        var sign = value.ContainsAny(Signs);
        return place.Tie switch
        {
            Tie.Parameter => letter || digit,
            Tie.Quoted when place.Quote == 0 => !value.ContainsAnyExceptInRange((byte)'0', (byte)'9'),
            Tie.Quoted => digit || sign || (word != "pass" && !value.ContainsAnyInRange((byte)'A', (byte)'Z')),
            Tie.Element => text[end..].StartsWith("</"u8),
            _ when place.Quote != 0 => (digit || sign) && letter,
            _ => letter && digit && value.Length >= 6 && !IsCode(text, place, end),
        };
    }

    /// <summary>What stands for a value: a mask, a variable, a format's place, a word for the thing.</summary>
    private static bool IsPlaceholder(ReadOnlySpan<byte> value)
    {
        if (value[0] is (byte)'$' or (byte)'<' or (byte)'{' or (byte)'[' or (byte)'*' or (byte)'%' or (byte)'/' or (byte)'.' or (byte)'(' or >= 0x80
            || !value.ContainsAnyExcept(value[0]))
        {
            return true;
        }

        Span<char> characters = stackalloc char[LongestStandIn];
        var text = characters[..Encoding.Latin1.GetChars(value[..Math.Min(value.Length, LongestStandIn)], characters)];
        foreach (var standIn in StandIns)
        {
            if (text.TrimEnd("0123456789").Equals(standIn, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (var part in StandInParts)
        {
            if (text.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an unquoted value is a name, a call or a number of a program.</summary>
    private static bool IsCode(ReadOnlySpan<byte> text, NamedValue place, int end)
    {
        var value = text[place.Start..end];
        if (end < text.Length && text[end] is (byte)'(' or (byte)'[' or (byte)'{' or (byte)'<')
        {
            return true;
        }

        if (value.ContainsAny(Signs))
        {
            return false;
        }

        // Two names with a dot, and, where code assigns, a name as long as people make them.
        return value.Contains((byte)'.') || value.Contains((byte)':') || value.Contains((byte)'/')
            || (place.Tie == Tie.Assigned && place.Spaced && !Randomness.IsIn(value))
            || value.IndexOfAnyInRange((byte)'0', (byte)'9') is var first && first > 0 && value[..first].Contains((byte)'_')
            || (value[0] == '0' && value.Length > 1 && value[1] is (byte)'x' or (byte)'X');
    }

    private enum Tie
    {
        /// <summary><c>name = value</c>, as code has it too.</summary>
        Assigned,

        /// <summary><c>name: value</c>, <c>name is value</c>, <c>--name value</c>.</summary>
        Said,

        /// <summary><c>"name": "value"</c>.</summary>
        Quoted,

        /// <summary><c>&lt;name&gt;value&lt;/name&gt;</c>.</summary>
        Element,

        /// <summary><c>?name=value</c>.</summary>
        Parameter,
    }

    private record struct NamedValue(int Start, byte Quote, Tie Tie, bool Spaced);
}
