using Tda.Scoring.Index;

namespace Tda.Evaluation.Classes;

/// <summary>
/// The word-order probe of 2308.03296: influence all but vanishes when the key phrases of a document come in the other order than
/// in the query. A method that scores both alike sees words, not sentences (BM25 does).
/// </summary>
public static class WordOrderProbe
{
    /// <summary>Scores each document and its flipped twin for each query.</summary>
    /// <param name="influence">The method, already fitted.</param>
    /// <param name="text">The document's text.</param>
    /// <param name="pair">The phrases.</param>
    /// <param name="encode">Text to tokens, BOS first.</param>
    /// <param name="queries">One row a query.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">The text doesn't hold both phrases.</exception>
    public static IReadOnlyList<WordOrderResult> Measure(
        IInfluence influence, string text, PhrasePair pair, Func<string, int[]> encode, IRowSource queries,
        CancellationToken cancellation = default)
    {
        var flipped = pair.Flip(text)
            ?? throw new ArgumentException($"the text doesn't hold both '{pair.First}' and '{pair.Second}'", nameof(text));
        var documents = MemoryRows.FromTokens(["original", "flipped"], [encode(text), encode(flipped)]);
        Target[] targets = [.. Enumerable.Range(0, queries.DocumentCount).Select(q => new Target(queries.IdOf(q), [q]))];
        var excluded = new List<ExcludedDocument>();
        var scores = influence.Score(documents, queries, targets, Normalisation.None, excluded.Add, NullProgress.Instance, cancellation);
        // Set apart is NaN in both: the reader sees that there is no answer.
        return [.. targets.Select((t, q) => new WordOrderResult(t.Id, scores[q, 0], scores[q, 1]))];
    }
}

/// <summary>A document's influence on a query, and that of the same document with its key phrases flipped.</summary>
/// <param name="Query">The query.</param>
/// <param name="Original">Score of the document as it is.</param>
/// <param name="Flipped">Score with the phrases in each other's place.</param>
public sealed record WordOrderResult(string Query, double Original, double Flipped)
{
    /// <summary>What is left of the influence; about 1 means that word order doesn't matter, about 0 that it carries it.</summary>
    public double Left => Flipped / Original;
}

/// <summary>Two key phrases of a text whose order carries the meaning: "the first president" and "George Washington".</summary>
public sealed record PhrasePair(string First, string Second)
{
    /// <summary>The text with the phrases in each other's place; null when it doesn't hold both, apart from each other.</summary>
    public string? Flip(string text)
    {
        var (a, b) = (text.IndexOf(First, StringComparison.Ordinal), text.IndexOf(Second, StringComparison.Ordinal));
        if (a < 0 || b < 0 || First.Length == 0 || Second.Length == 0)
        {
            return null;
        }

        var (early, late) = a < b ? (First, Second) : (Second, First);
        var (start, then) = (Math.Min(a, b), Math.Max(a, b));
        return start + early.Length > then ? null
            : string.Concat(text[..start], late, text[(start + early.Length)..then], early, text[(then + late.Length)..]);
    }
}
