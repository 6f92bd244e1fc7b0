using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>
/// Leaves out documents that repeat themselves: the repetition rules of Gopher (Rae et al. 2021, table A1), with the paper's bounds as defaults.
/// A duplicate is what repeats something earlier in the same document; the first of its kind is none. Characters are those of words, without
/// white space, and each is counted once. An n-gram that occurs once repeats nothing.
/// </summary>
public sealed class GopherRepetitionFilter : DocumentFilter
{
    private const int FirstTop = 2;
    private const int FirstDuplicate = 5;
    private const ulong Base = 0x9E37_79B9_7F4A_7C15;

    private static readonly (string Name, double Bound)[] Standard =
    [
        ("duplicate_lines", .3), ("duplicate_line_characters", .2), ("duplicate_paragraphs", .3), ("duplicate_paragraph_characters", .2),
        ("top_2_gram", .2), ("top_3_gram", .18), ("top_4_gram", .16),
        ("duplicate_5_grams", .15), ("duplicate_6_grams", .14), ("duplicate_7_grams", .13), ("duplicate_8_grams", .12), ("duplicate_9_grams", .11),
        ("duplicate_10_grams", .1),
    ];

    private readonly double[] _bounds;

    /// <param name="bounds">Greatest shares, in the order of the table; default the paper's.</param>
    public GopherRepetitionFilter(IReadOnlyList<double>? bounds = null)
        : base("gopher_repetition")
    {
        _bounds = [.. bounds ?? [.. Standard.Select(one => one.Bound)]];
        if (_bounds.Length != Standard.Length)
        {
            throw new ArgumentException($"There are {Standard.Length} bounds.", nameof(bounds));
        }

        Rule = "gopher_repetition: " + string.Join(", ", Standard.Select((one, i) => FormattableString.Invariant($"{one.Name} ≤ {_bounds[i]}")));
    }

    public static StageKind Kind { get; } = new(
        "gopher_repetition", "Leaves out what repeats itself, by Gopher's rules.",
        string.Join(", ", Standard.Select(one => FormattableString.Invariant($"max_{one.Name} {one.Bound}"))),
        (options, _) => new GopherRepetitionFilter([.. Standard.Select(one => options.Number("max_" + one.Name, one.Bound, min: 0, max: 1))]));

    public override string Rule { get; }

    public override Decision? Judge(Document document)
    {
        var text = document.Text.AsSpan();
        return Pieces(document, TextSpans.Lines(text), 0) ?? Pieces(document, TextSpans.Lines(text, wrapped: true), 2) ?? Grams(document);
    }

    /// <summary>Lines or paragraphs that repeat earlier ones: their share, and their share of the characters.</summary>
    private Decision? Pieces(Document document, List<TextSpan> pieces, int rule)
    {
        var seen = new HashSet<ulong>(pieces.Count);
        TextSpan? first = null;
        var repeated = 0;
        long repeatedCharacters = 0, characters = 0;
        foreach (var piece in pieces)
        {
            characters += piece.Length;
            if (!seen.Add(TextSpans.Hash(piece.Of(document.Text))))
            {
                first ??= piece;
                repeated++;
                repeatedCharacters += piece.Length;
            }
        }

        return first is not { } example ? null
            : Over(document, rule, (double)repeated / pieces.Count, example.Start, example.End)
            ?? Over(document, rule + 1, (double)repeatedCharacters / characters, example.Start, example.End);
    }

    private Decision? Grams(Document document)
    {
        var (words, hashes) = Words(document.Text);
        var characters = words.Sum(word => (long)word.Length);
        var rule = 4;
        for (var n = FirstTop; n < FirstDuplicate; n++, rule++)
        {
            if (Top(words, hashes, n) is var (at, covered) && Over(document, rule, (double)covered / characters, words[at].Start, words[at + n - 1].End) is { } decision)
            {
                return decision;
            }
        }

        for (var n = FirstDuplicate; rule < Standard.Length; n++, rule++)
        {
            var (at, covered) = Duplicates(words, hashes, n);
            if (at < 0)
            {
                return null; // whoever repeats a longer n-gram repeats the shorter ones in it
            }

            if (Over(document, rule, (double)covered / characters, words[at].Start, words[at + n - 1].End) is { } decision)
            {
                return decision;
            }
        }

        return null;
    }

    private Decision? Over(Document document, int rule, double share, int start, int end) =>
        share > _bounds[rule] ? Drop(document, Standard[rule].Name, share, _bounds[rule]) with { Evidence = Evidence.Of(document.Text, start, end) } : null;

    private static (List<TextSpan> Words, List<ulong> Hashes) Words(string text)
    {
        var words = new List<TextSpan>();
        var hashes = new List<ulong>();
        var all = TextSpans.Words(text);
        while (all.MoveNext())
        {
            words.Add(new(all.Start, all.End));
            hashes.Add(TextSpans.Hash(all.Current));
        }

        return (words, hashes);
    }

    /// <summary>Where the most frequent n-gram begins first, and the characters in its occurrences; of equally frequent ones the longest.</summary>
    private static (int At, long Covered)? Top(List<TextSpan> words, List<ulong> hashes, int n)
    {
        var counts = new Dictionary<ulong, (int Count, int First)>(hashes.Count);
        for (var i = 0; i + n <= hashes.Count; i++)
        {
            ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, Gram(hashes, i, n), out var known);
            count = (count.Count + 1, known ? count.First : i);
        }

        var (most, at, longest) = (1, -1, 0);
        foreach (var (count, first) in counts.Values)
        {
            var length = Characters(words, first, first + n);
            if (count > most || (count == most && at >= 0 && (length > longest || (length == longest && first < at))))
            {
                (most, at, longest) = (count, first, length);
            }
        }

        if (at < 0)
        {
            return null;
        }

        var wanted = Gram(hashes, at, n);
        long covered = 0;
        for (int i = at, done = 0; i + n <= hashes.Count; i++)
        {
            if (Gram(hashes, i, n) == wanted)
            {
                covered += Characters(words, Math.Max(i, done), i + n);
                done = i + n;
            }
        }

        return (at, covered);
    }

    /// <summary>Where the first n-gram is that repeats an earlier one, -1 where none does, and the characters in all of them.</summary>
    private static (int At, long Covered) Duplicates(List<TextSpan> words, List<ulong> hashes, int n)
    {
        var seen = new HashSet<ulong>(hashes.Count);
        var at = -1;
        long covered = 0;
        for (int i = 0, done = 0; i + n <= hashes.Count; i++)
        {
            if (!seen.Add(Gram(hashes, i, n)))
            {
                at = at < 0 ? i : at;
                covered += Characters(words, Math.Max(i, done), i + n);
                done = i + n;
            }
        }

        return (at, covered);
    }

    private static ulong Gram(List<ulong> hashes, int start, int n)
    {
        ulong gram = 0;
        for (var i = start; i < start + n; i++)
        {
            gram = gram * Base + hashes[i];
        }

        return gram;
    }

    private static int Characters(List<TextSpan> words, int from, int to)
    {
        var characters = 0;
        for (var i = from; i < to; i++)
        {
            characters += words[i].Length;
        }

        return characters;
    }
}
