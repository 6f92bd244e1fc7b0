using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>Cuts a document down to the part around its strongest token.</summary>
internal static class HeatCutter
{
    private const int ExcerptLength = 200;

    /// <summary>At most <paramref name="length"/> characters, with the tokens that lie within.</summary>
    public static HeatText Cut(string text, DocumentTokenScores scores, IReadOnlySet<int> masked, int length)
    {
        var (start, end) = Window(text, scores, length);
        var tokens = new List<HeatToken>();
        for (var i = 0; i < scores.Tokens.Count; i++)
        {
            var span = scores.Spans![i];
            if (span.Start >= start && span.End <= end)
            {
                tokens.Add(new HeatToken(span.Start - start, span.End - start, scores.Scores[i], masked.Contains(scores.Tokens[i])));
            }
        }

        return new HeatText(text[start..end], tokens) { Offset = start, FullLength = text.Length };
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

        var strongest = Enumerable.Range(0, scores.Scores.Count).MaxBy(i => Math.Abs(scores.Scores[i]));
        var start = Boundary(text, Math.Clamp(scores.Spans![strongest].Start - length / 3, 0, text.Length - length));
        return (start, Boundary(text, Math.Min(start + length, text.Length)));
    }

    // Never between the two halves of a character outside the basic plane.
    private static int Boundary(string text, int at) =>
        at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;
}
