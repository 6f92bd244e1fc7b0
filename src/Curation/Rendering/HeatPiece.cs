using Tda.Curation.Reports;

namespace Tda.Curation.Rendering;

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

    private static IEnumerable<List<HeatToken>> Overlapping(IEnumerable<HeatToken> tokens)
    {
        List<HeatToken>? group = null;
        var end = 0;
        foreach (var token in tokens.OrderBy(t => t.Start).ThenBy(t => t.End))
        {
            if (group is not null && token.Start < end && token.End > token.Start)
            {
                group.Add(token);
            }
            else
            {
                if (group is not null)
                {
                    yield return group;
                }

                group = [token];
            }

            end = Math.Max(end, token.End);
        }

        if (group is not null)
        {
            yield return group;
        }
    }
}
