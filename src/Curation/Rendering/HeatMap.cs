using Tda.Curation.Reports;

namespace Tda.Curation.Rendering;

/// <summary>
/// Text whose tokens carry their scores: by underline (solid = proponent, dashed = opponent; thicker = stronger), by tint,
/// and by number from the third of five strengths on. No meaning hangs on colour alone.
/// </summary>
internal static class HeatMap
{
    private const int Levels = 5;
    private const int NumberedFrom = 3;
    private const int StrongestCount = 10;

    /// <summary>Stands wherever scores are shown as numbers.</summary>
    public const string Uncalibrated = "Scores are uncalibrated: they compare tokens and documents of this run, and are no nats.";

    /// <summary>The strongest score of a group of texts that shall be comparable.</summary>
    public static double Scale(IEnumerable<HeatText> texts) =>
        texts.SelectMany(HeatPiece.Cut).Select(piece => Math.Abs(piece.Score ?? 0)).DefaultIfEmpty().Max() is > 0 and var most ? most : 1;

    public static void WriteKey(HtmlWriter h, double scale)
    {
        using var key = h.In("p", ("class", "key"));
        h.Text("How to read: ");
        Mark(h, "proponent", scale, scale, false);
        h.Text(" solid underline, sign +; ");
        Mark(h, "opponent", -scale, scale, false);
        h.Text(" dashed underline, sign −; ");
        h.Element("mark", "masked", ("class", "p0 masked"));
        h.Text($" boxed. The strongest token shown here scores {Numbers.Plain(scale)}; numbers stand at tokens above {Numbers.Plain(scale * Threshold(NumberedFrom))}. {Uncalibrated}");
    }

    /// <summary>An excerpt in one paragraph, without numbers.</summary>
    public static void WriteSnippet(HtmlWriter h, HeatText heat, double scale)
    {
        using var text = h.In("p", ("class", "snippet heat"));
        h.Text(heat.Offset > 0 ? "… " : "");
        foreach (var piece in HeatPiece.Cut(heat))
        {
            WritePiece(h, piece, scale, numbered: false);
        }

        h.Text(heat.FullLength > heat.Offset + heat.Text.Length ? " …" : "");
    }

    public static void Write(HtmlWriter h, HeatText heat, double scale)
    {
        using var text = h.In("p", ("class", "raw heat"));
        if (heat.Offset > 0)
        {
            h.Element("span", $"[from character {Numbers.Whole(heat.Offset)}] … ", ("class", "quiet"));
        }

        foreach (var piece in HeatPiece.Cut(heat))
        {
            WritePiece(h, piece, scale, numbered: true);
        }

        if (heat.FullLength > heat.Offset + heat.Text.Length)
        {
            h.Element("span", $" … [{Numbers.Whole(heat.FullLength - heat.Offset - heat.Text.Length)} more characters]", ("class", "quiet"));
        }
    }

    public static void WriteStrongest(HtmlWriter h, HeatText heat, string caption) => Tables.Write(
        h,
        caption,
        [
            Column<HeatPiece>.Name("Token", p => Quoted(p.Text)),
            Column<HeatPiece>.Number("Score", p => Numbers.Score(p.Score!.Value)),
            Column<HeatPiece>.Text("Kind", p => p.Score > 0 ? "proponent" : p.Score < 0 ? "opponent" : "neither"),
            Column<HeatPiece>.Text("Masked", p => p.Masked ? "yes" : "no"),
        ],
        HeatPiece.Cut(heat).Where(p => p.Score is not null).OrderByDescending(p => Math.Abs(p.Score!.Value)).Take(StrongestCount));

    private static void WritePiece(HtmlWriter h, HeatPiece piece, double scale, bool numbered)
    {
        if (piece.Score is not { } score)
        {
            h.Text(piece.Text);
            return;
        }

        // White space at the edges stays outside, or underlines would run from word to word.
        var trimmed = piece.Text.Trim(' ', '\n', '\r', '\t');
        if (trimmed.Length == 0)
        {
            WriteBlank(h, piece, score, scale, numbered);
            return;
        }

        var lead = piece.Text.IndexOf(trimmed, StringComparison.Ordinal);
        h.Text(piece.Text[..lead]);
        Mark(h, trimmed, score, scale, piece.Masked, numbered);
        h.Text(piece.Text[(lead + trimmed.Length)..]);
    }

    private static void WriteBlank(HtmlWriter h, HeatPiece piece, double score, double scale, bool numbered)
    {
        var label = piece.Text.Length == 0 ? "⟨end⟩" : piece.Text.Contains('\n', StringComparison.Ordinal) ? "↵" : "␣";
        if ((Level(score, scale) < 2 || !numbered) && !piece.Masked)
        {
            h.Element("span", piece.Text, ("title", Numbers.Score(score)));
            return;
        }

        Mark(h, label, score, scale, piece.Masked, numbered);
        h.Text(piece.Text);
    }

    private static void Mark(HtmlWriter h, string text, double score, double scale, bool masked, bool numbered = true)
    {
        var level = Level(score, scale);
        if (level == 0 && !masked)
        {
            h.Element("span", text, ("title", Numbers.Score(score)));
            return;
        }

        var css = $"{(score < 0 ? 'o' : 'p')}{level}{(masked ? " masked" : "")}";
        using var mark = h.In("mark", ("class", css), ("title", Numbers.Score(score) + (masked ? ", masked" : "")));
        h.Text(text);
        if (numbered && level >= NumberedFrom)
        {
            h.Element("sub", Numbers.Score(score));
        }
    }

    private static int Level(double score, double scale) =>
        Enumerable.Range(1, Levels).Count(level => Math.Abs(score) / scale > Threshold(level));

    // Influence has heavy tails: squares spread the weak tokens over the scale instead of leaving all but one blank.
    private static double Threshold(int level) => (level - .75) * (level - .75) / (Levels * Levels);

    private static string Quoted(string text) => text.Length == 0 ? "⟨end⟩" : $"“{text.Replace("\n", "↵", StringComparison.Ordinal)}”";
}

/// <summary>A piece of a text with the score of the tokens in it; a score of null is text between tokens.</summary>
internal sealed record HeatPiece(string Text, double? Score, bool Masked)
{
    /// <summary>
    /// Cuts a text at its tokens. Tokens that overlap become one piece with the sum of their scores: a byte-level tokenizer
    /// spreads one character over several tokens, and no character can be shown in part.
    /// </summary>
    public static IEnumerable<HeatPiece> Cut(HeatText heat)
    {
        var at = 0;
        foreach (var group in Overlapping(heat.Tokens))
        {
            var start = Math.Clamp(group[0].Start, at, heat.Text.Length);
            var end = Math.Clamp(group.Max(t => t.End), start, heat.Text.Length);
            if (start > at)
            {
                yield return new HeatPiece(heat.Text[at..start], null, false);
            }

            yield return new HeatPiece(heat.Text[start..end], group.Sum(t => t.Score), group.Any(t => t.Masked));
            at = end;
        }

        if (at < heat.Text.Length)
        {
            yield return new HeatPiece(heat.Text[at..], null, false);
        }
    }

    private static List<List<HeatToken>> Overlapping(IEnumerable<HeatToken> tokens)
    {
        var groups = new List<List<HeatToken>>();
        var end = 0;
        foreach (var token in tokens.OrderBy(t => t.Start).ThenBy(t => t.End))
        {
            if (groups.Count > 0 && token.Start < end && token.End > token.Start)
            {
                groups[^1].Add(token);
            }
            else
            {
                groups.Add([token]);
            }

            end = Math.Max(end, token.End);
        }

        return groups;
    }
}
