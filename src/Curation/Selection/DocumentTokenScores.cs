namespace Tda.Curation.Selection;

/// <summary>
/// Influence of one document's label tokens. A label token is the <em>predicted</em> token, named by its position in the
/// BOS + tokens + EOS sequence, so the smallest label token is 1. Scores are in nats × N; positive = proponent.
/// </summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Source of the document in the corpus.</param>
/// <param name="Tokens">Label tokens that carry loss, strictly ascending, each ≥ 1.</param>
/// <param name="Scores">One finite score per label token, in nats × N.</param>
/// <param name="Spans">Characters of each label token in the document's text.</param>
public sealed record DocumentTokenScores(string Id, string Source, int[] Tokens, float[] Scores, CharacterSpan[] Spans);

/// <summary>Characters [<paramref name="Start"/>, <paramref name="End"/>) of a document's text, in UTF-16 units.</summary>
public readonly record struct CharacterSpan(int Start, int End)
{
    /// <summary>
    /// Sorts and joins overlapping or touching spans. Empty ones stay by themselves: EOS stands for no character and has the
    /// span [length, length], by which a mask of another tokenizer finds it again.
    /// </summary>
    public static int[][] Union(IEnumerable<CharacterSpan> spans)
    {
        var joined = new List<int[]>();
        foreach (var span in spans.Distinct().OrderBy(s => s.Start).ThenBy(s => s.End))
        {
            var previous = joined.Count > 0 ? joined[^1] : null;
            if (previous is not null && span.Start < previous[1])
            {
                previous[1] = Math.Max(previous[1], span.End);
            }
            else if (previous is not null && span.Start == previous[1] && span.End > span.Start && previous[1] > previous[0])
            {
                previous[1] = span.End;
            }
            else
            {
                joined.Add([span.Start, span.End]);
            }
        }

        return [.. joined];
    }
}
