namespace Tda.Review.Attribution;

/// <summary>A piece of text with a score: tokens of one mark together.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Score">The score; null where the text was not scored.</param>
/// <param name="Level">0 to 5: how strong, beside the strongest that is shown.</param>
/// <param name="Masked">Whether a mask suppresses it.</param>
public sealed record TextMark(string Text, double? Score, int Level, bool Masked)
{
    public const int Levels = 5;
}

/// <summary>Cuts texts into marks: by underline, tint and number, so that no meaning hangs on colour alone.</summary>
internal static class TextMarks
{
    /// <summary>A document's marks.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="tokens">Token scores in order; may be empty.</param>
    /// <param name="mask">What a mask suppresses; null: nothing.</param>
    /// <param name="most">Characters at most, from the beginning.</param>
    public static IReadOnlyList<TextMark> Of(string text, IReadOnlyList<TokenScore> tokens, DocumentMask? mask, int most)
    {
        var end = Math.Min(text.Length, most);
        var scale = tokens.Count == 0 ? 0 : tokens.Max(token => Math.Abs(token.Score));
        HashSet<int> masked = [.. mask?.Tokens ?? []];
        List<TextMark> marks = [];
        var at = 0;
        foreach (var token in tokens.Where(token => token.End > token.Start))
        {
            if (token.Start < at || token.End > end)
            {
                continue; // tokens of a second row that begins before the first one's end, or beyond what is shown
            }

            if (token.Start > at)
            {
                marks.Add(new(text[at..token.Start], null, 0, false));
            }

            var level = scale > 0 ? (int)Math.Ceiling(TextMark.Levels * Math.Abs(token.Score) / scale - .5) : 0;
            marks.Add(new(text[token.Start..token.End], token.Score, Math.Clamp(level, 0, TextMark.Levels), masked.Contains(token.Token)));
            at = token.End;
        }

        if (at < end)
        {
            marks.Add(new(text[at..end], null, 0, false));
        }

        return marks;
    }

    /// <summary>An answer's marks: how sure the closed model was of each token, by its log-probability (5: it gave it a chance of one in 150 or less).</summary>
    public static IReadOnlyList<TextMark> Of(IReadOnlyList<TokenLogprob> tokens, int most) =>
        [.. tokens.Take(most).Select(token => new TextMark(token.Token, token.Logprob, Math.Clamp((int)Math.Round(-(token.Logprob ?? 0)), 0, TextMark.Levels), false))];
}
