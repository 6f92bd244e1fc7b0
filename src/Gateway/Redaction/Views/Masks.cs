using System.Runtime.InteropServices;

namespace Tda.Gateway.Redaction.Views;

/// <summary>Writes masks over ranges of a body; each has the length of what it hides.</summary>
internal static class Masks
{
    /// <summary>The name of a range whose bytes are base64.</summary>
    public const string Base64 = "base64";

    /// <summary>Masks all ranges, and returns how many secrets they were.</summary>
    public static int Apply(Span<byte> body, RawRanges ranges, List<TokenPlace> tokens, bool structured)
    {
        var sorted = ranges.All;
        var count = CountMatches(ranges);
        Merge(sorted);
        foreach (var (start, end, name) in sorted)
        {
            Fill(body, start, end, name, structured);
        }

        TokenRepeats.Apply(body, tokens, sorted);
        return count;
    }

    /// <summary>Matches, each once, though it may have been found in several views of the body.</summary>
    private static int CountMatches(RawRanges ranges)
    {
        ranges.Firsts.Sort();
        int count = 0, covered = -1;
        foreach (var (start, end) in ranges.Firsts)
        {
            count += start >= covered ? 1 : 0;
            covered = Math.Max(covered, end);
        }

        return count;
    }

    private static void Merge(List<(int Start, int End, string? Name)> ranges)
    {
        ranges.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        var last = -1;
        for (var i = 0; i < ranges.Count; i++)
        {
            var range = ranges[i];
            if (range.Start == range.End)
            {
                continue;
            }

            if (last >= 0 && range.Start < ranges[last].End)
            {
                var before = ranges[last];
                ranges[last] = before with { End = Math.Max(before.End, range.End), Name = before.Name ?? range.Name };
            }
            else
            {
                ranges[++last] = range;
            }
        }

        CollectionsMarshal.SetCount(ranges, last + 1);
    }

    private static void Fill(Span<byte> body, int start, int end, string? name, bool structured)
    {
        var mask = body[start..end];
        if (structured && IsNumber(body, start, end))
        {
            mask.Fill((byte)'1');
            return;
        }

        mask.Fill((byte)'*');
        if (name == Base64)
        {
            // Base64 stays base64: this stands for "***".
            for (var i = 0; i + 4 <= mask.Length && mask.Length % 4 == 0; i += 4)
            {
                "Kioq"u8.CopyTo(mask[i..]);
            }
        }
        else if (name is not null && mask.Length >= name.Length + 3)
        {
            // [email****]: what it was and how long, nothing else.
            mask[0] = (byte)'[';
            Encoding.ASCII.GetBytes(name, mask[1..]);
            mask[^1] = (byte)']';
        }
    }

    /// <summary>Whether a range is a JSON number, in whose place only digits are JSON. (In a string they do no harm.)</summary>
    private static bool IsNumber(ReadOnlySpan<byte> body, int start, int end)
    {
        if (body[start..end].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        var before = body[..start].TrimEnd(" \t\r\n"u8);
        var after = body[end..].TrimStart(" \t\r\n"u8);
        return (before.IsEmpty || before[^1] is (byte)':' or (byte)'[' or (byte)',' or (byte)'-')
            && (after.IsEmpty || after[0] is (byte)',' or (byte)']' or (byte)'}' or (byte)'d');
    }
}

/// <summary>The bytes of a body that are to be masked.</summary>
internal sealed class RawRanges
{
    private int _matchStart;

    /// <summary>The ranges, as they were added.</summary>
    public List<(int Start, int End, string? Name)> All { get; } = [];

    /// <summary>The first range of each match.</summary>
    public List<(int Start, int End)> Firsts { get; } = [];

    public void Clear()
    {
        All.Clear();
        Firsts.Clear();
    }

    /// <summary>Begins a match, which may be of several ranges.</summary>
    public void Begin() => _matchStart = All.Count;

    /// <summary>Adds a range of the match; one that goes on where the last ended makes it longer.</summary>
    public void Add(int start, int end)
    {
        if (All.Count > _matchStart && All[^1] is var last && start <= last.End && end >= last.Start)
        {
            All[^1] = (Math.Min(last.Start, start), Math.Max(last.End, end), null);
            return;
        }

        All.AddCounted((start, end, null));
    }

    /// <summary>Ends the match: one that is in one piece gets its name into the mask.</summary>
    public void End(string name, bool everyRange = false)
    {
        if (All.Count > _matchStart)
        {
            Firsts.AddCounted((All[_matchStart].Start, All[_matchStart].End));
        }

        for (var i = _matchStart; i < All.Count && (everyRange || All.Count == _matchStart + 1); i++)
        {
            All[i] = All[i] with { Name = name };
        }
    }
}

/// <summary>Masks what repeats a masked token: the token itself, its bytes as numbers, and the alternatives to it.</summary>
internal static class TokenRepeats
{
    /// <summary>Masks in the object around each token that overlaps a masked range.</summary>
    public static void Apply(Span<byte> body, List<TokenPlace> tokens, List<(int Start, int End, string? Name)> sorted)
    {
        var last = -1;
        foreach (var token in tokens)
        {
            // Once for all tokens of an object, or a hostile one would be read again for each.
            if (token.ObjectStart != last && Overlaps(sorted, token.Start, token.End))
            {
                Mask(body[..token.ObjectEnd], token);
                last = token.ObjectStart;
            }
        }
    }

    private static bool Overlaps(List<(int Start, int End, string? Name)> sorted, int start, int end)
    {
        int low = 0, high = sorted.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle].End <= start ? (middle + 1, high) : (low, middle);
        }

        return low < sorted.Count && sorted[low].Start < end;
    }

    private static void Mask(Span<byte> body, TokenPlace token)
    {
        ulong name = 0;
        var inAlternatives = false;
        for (var at = token.ObjectStart; at < body.Length; at++)
        {
            if (body[at] == '"')
            {
                var end = Math.Min(body.Length, JsonPieces.EndOfString(body, at + 1));
                var after = end + 1;
                var isName = JsonPieces.IsName(body, ref after);
                if (token.Listed ? isName && inAlternatives : !isName && name == JsonNames.Token)
                {
                    body[(at + 1)..end].Fill((byte)'*');
                }

                name = isName ? JsonNames.Hash(body[(at + 1)..end]) : 0;
                inAlternatives = isName && name == JsonNames.Alternatives || (inAlternatives && !(isName && IsOwnName(name)));
                at = end;
            }
            else if (!token.Listed && name == JsonNames.ByteValues && Bytes.IsDigit(body[at]))
            {
                at = MaskNumber(body, at);
            }
        }
    }

    // The lists beside top_logprobs end it, whatever the order.
    private static bool IsOwnName(ulong name) =>
        name == JsonNames.Tokens || name == JsonNames.Hash("token_logprobs"u8) || name == JsonNames.Hash("text_offset"u8);

    /// <summary>Puts '*' (42) or another number of as many digits in a byte's place, and returns its last position.</summary>
    private static int MaskNumber(Span<byte> body, int at)
    {
        var end = at;
        while (end < body.Length && Bytes.IsDigit(body[end]))
        {
            end++;
        }

        var mask = (end - at) switch { 1 => "9"u8, 2 => "42"u8, 3 => "142"u8, _ => default };
        body[at..end].Fill((byte)'1');
        mask.CopyTo(body[at..]);
        return end - 1;
    }
}

/// <summary>Where a token of a list of log-probabilities stands, and what repeats it: its bytes and its alternatives.</summary>
/// <param name="Start">The token's first byte in the body.</param>
/// <param name="End">The byte after its last.</param>
/// <param name="ObjectStart">The first byte of the object around it.</param>
/// <param name="ObjectEnd">The byte after that object.</param>
/// <param name="Listed">Whether it stands in a <c>tokens</c> array, whose alternatives are named by property names.</param>
internal readonly record struct TokenPlace(int Start, int End, int ObjectStart, int ObjectEnd, bool Listed);
