using Tda.Core.Queries;

namespace Tda.Scoring.Attribution.Queries;

/// <summary>"Why these words?": turns words into spans of the completions that hold them.</summary>
public static class QueryWords
{
    /// <summary>The queries whose completion holds the words, each with the span of their first occurrence.</summary>
    /// <exception cref="UsageException">No completion holds them.</exception>
    public static IReadOnlyList<Query> Select(IReadOnlyList<Query> queries, string words)
    {
        if (words.Length == 0)
        {
            throw new UsageException("The words to explain are empty.");
        }

        var found = queries.Select(q => (Query: q, At: q.Completion.IndexOf(words, StringComparison.Ordinal))).Where(x => x.At >= 0).ToArray();
        if (found.Length == 0)
        {
            throw new UsageException($"No completion holds the words '{words}', letter for letter.");
        }

        return [.. found.Select(x => x.Query with { Span = new TextSpan(x.At, x.At + words.Length) })];
    }
}
