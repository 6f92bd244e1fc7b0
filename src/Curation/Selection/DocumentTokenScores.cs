namespace Tda.Curation.Selection;

/// <summary>
/// Influence of one document's label tokens. A label token is the <em>predicted</em> token, named by its position in the
/// BOS + tokens + EOS sequence, so the smallest label token is 1. Scores are in nats × N; positive = proponent.
/// </summary>
public sealed class DocumentTokenScores
{
    /// <param name="id">Document id.</param>
    /// <param name="source">Source of the document in the corpus.</param>
    /// <param name="tokens">Label tokens that carry loss, strictly ascending, each ≥ 1.</param>
    /// <param name="scores">One finite score per label token, in nats × N.</param>
    /// <param name="spans">Character span [start, end) of each label token in the document text, where known.</param>
    /// <exception cref="ArgumentException">Lengths differ, tokens do not ascend, or a score is not finite.</exception>
    public DocumentTokenScores(string id, string source, int[] tokens, float[] scores, CharacterSpan[]? spans = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (tokens.Length != scores.Length || (spans is not null && spans.Length != tokens.Length))
        {
            throw new ArgumentException($"Document {id}: {tokens.Length} label tokens, {scores.Length} scores, {spans?.Length} spans; they must agree.");
        }

        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] < 1 || (i > 0 && tokens[i] <= tokens[i - 1]))
            {
                throw new ArgumentException($"Document {id}: label token {tokens[i]} at {i}; label tokens start at 1 and ascend.");
            }
            // A NaN would sort below everything and silently move the quantile.
            if (!float.IsFinite(scores[i]))
            {
                throw new ArgumentException($"Document {id}: the score of label token {tokens[i]} is {scores[i]}.");
            }
        }

        Id = id;
        Source = source;
        Tokens = tokens;
        Scores = scores;
        Spans = spans;
    }

    public string Id { get; }

    public string Source { get; }

    /// <summary>Label tokens, strictly ascending.</summary>
    public IReadOnlyList<int> Tokens { get; }

    /// <summary>Scores in nats × N, one per entry of <see cref="Tokens"/>.</summary>
    public IReadOnlyList<float> Scores { get; }

    /// <summary>Character spans, one per entry of <see cref="Tokens"/>; null where unknown.</summary>
    public IReadOnlyList<CharacterSpan>? Spans { get; }

    /// <summary>Scores of label tokens 1, 2, … n: a document in which every token but BOS carries loss.</summary>
    public static DocumentTokenScores Dense(string id, string source, float[] scores, CharacterSpan[]? spans = null) =>
        new(id, source, Enumerable.Range(1, scores.Length).ToArray(), scores, spans);
}

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
