using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>Cuts a document down to the part around its strongest token.</summary>
internal static class HeatCutter
{
    private const int ExcerptLength = 200;
    private const int LongestWord = 24;

    /// <summary>At most <paramref name="length"/> characters, with the tokens that lie within.</summary>
    public static HeatText Cut(string text, DocumentTokenScores scores, IReadOnlySet<int> masked, int length)
    {
        var (start, end) = Window(text, scores, length);
        return Between(text, start, end, scores, masked);
    }

    /// <summary>About <paramref name="length"/> characters around a place, whole words; without scores, its tokens are none.</summary>
    public static HeatText Around(string text, int place, DocumentTokenScores? scores, IReadOnlySet<int> masked, int length)
    {
        var start = Math.Clamp(place - length / 4, 0, Math.Max(0, text.Length - length));
        var end = Math.Min(start + length, text.Length);
        for (var steps = 0; steps < LongestWord && start > 0 && !char.IsWhiteSpace(text[start - 1]); steps++)
        {
            start--;
        }

        for (var steps = 0; steps < LongestWord && end < text.Length && !char.IsWhiteSpace(text[end]); steps++)
        {
            end++;
        }

        return Between(text, Boundary(text, start), Boundary(text, end), scores, masked);
    }

    private static HeatText Between(string text, int start, int end, DocumentTokenScores? scores, IReadOnlySet<int> masked)
    {
        var tokens = scores is null ? [] :
            from i in Enumerable.Range(0, scores.Spans.Length)
            let span = scores.Spans[i]
            where span.Start >= start && span.End <= end
            select new HeatToken(span.Start - start, span.End - start, scores.Scores[i], masked.Contains(scores.Tokens[i]));
        return new HeatText(text[start..end], [.. tokens]) { Offset = start, FullLength = text.Length };
    }

    /// <summary>The beginning of the strongest part, on one line.</summary>
    public static string Excerpt(string text, DocumentTokenScores? scores)
    {
        var (start, end) = scores is null ? (0, Boundary(text, Math.Min(ExcerptLength, text.Length))) : Window(text, scores, ExcerptLength);
        var line = string.Join(' ', text[start..end].Split((char[]?)[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));
        return (start > 0 ? "… " : "") + line + (end < text.Length ? " …" : "");
    }

    private static (int Start, int End) Window(string text, DocumentTokenScores scores, int length)
    {
        if (text.Length <= length)
        {
            return (0, text.Length);
        }

        var strongest = Enumerable.Range(0, scores.Scores.Length).MaxBy(i => Math.Abs(scores.Scores[i]));
        var start = Boundary(text, Math.Clamp(scores.Spans[strongest].Start - length / 3, 0, text.Length - length));
        return (start, Boundary(text, Math.Min(start + length, text.Length)));
    }

    // Never between the two halves of a character outside the basic plane.
    private static int Boundary(string text, int at) =>
        at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;
}

/// <summary>A text with a score for each of its tokens.</summary>
/// <param name="Text">The text, or the part of it that is shown.</param>
/// <param name="Tokens">Tokens with spans into <paramref name="Text"/>; may leave gaps.</param>
public sealed record HeatText(string Text, IReadOnlyList<HeatToken> Tokens)
{
    /// <summary>Where <see cref="Text"/> begins in the whole text, in characters.</summary>
    public int Offset { get; init; }

    /// <summary>Length of the whole text, in characters; 0 = all of it is shown.</summary>
    public int FullLength { get; init; }
}

/// <summary>A token's score.</summary>
/// <param name="Start">First character in the text.</param>
/// <param name="End">One past the last character; equal to <paramref name="Start"/> for a token without text, such as EOS.</param>
/// <param name="Score">Positive = proponent. Uncalibrated: it compares tokens of one run.</param>
/// <param name="Masked">Whether the run's mask suppresses it.</param>
public sealed record HeatToken(int Start, int End, double Score, bool Masked = false);
