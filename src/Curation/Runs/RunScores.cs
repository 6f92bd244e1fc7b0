using Tda.Core.Scores;
using Tda.Curation.Documents;
using Tda.Curation.Selection;

namespace Tda.Curation.Runs;

/// <summary>Reads a run's scores as the selection rules take them.</summary>
public static class RunScores
{
    /// <summary>The row of a guide run that ranks: harm minus safe. Its other rows are the two parts.</summary>
    public const string Differential = ScoreFormat.Differential;

    /// <inheritdoc cref="Candidates(ScoreRun)"/>
    public static IReadOnlyList<CandidateDocument> Candidates(string runDirectory)
    {
        using var run = ScoreRun.Open(runDirectory);
        return Candidates(run);
    }

    /// <summary>
    /// The run's documents with their scores: the differential of a guide run, the mean over the queries of any other; rows
    /// added up by document. Lengths are label tokens.
    /// </summary>
    public static IReadOnlyList<CandidateDocument> Candidates(ScoreRun run)
    {
        var scores = Aggregate(run);
        var byId = new Dictionary<string, CandidateDocument>(StringComparer.Ordinal);
        for (var row = 0; row < scores.Length; row++)
        {
            var (id, source, start, end) = run.Rows[row];
            byId[id] = byId.TryGetValue(id, out var known)
                ? known with { Score = known.Score + scores[row], Length = known.Length + end - start }
                : new CandidateDocument(id, source, scores[row], end - start);
        }

        return [.. byId.Values];
    }

    /// <summary>The run's token scores by document; of a run with token scores for several queries, their mean.</summary>
    /// <param name="run">The run.</param>
    /// <param name="only">Documents wanted; null = all.</param>
    /// <exception cref="BadInputException">A token names a document without a row, comes twice, or its score isn't finite.</exception>
    public static IReadOnlyList<DocumentTokenScores> Tokens(ScoreRun run, IReadOnlySet<string>? only = null)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in run.Rows)
        {
            sources[row.Id] = row.Source;
        }

        var documents = new Dictionary<string, TokenSums>(StringComparer.Ordinal);
        foreach (var token in run.Tokens())
        {
            if (only is not null && !only.Contains(token.Id))
            {
                continue;
            }

            if (!sources.ContainsKey(token.Id))
            {
                throw new BadInputException(run.Directory, $"tokens.jsonl has scores of document {token.Id}, rows.jsonl does not have it");
            }

            if (!documents.TryGetValue(token.Id, out var sums))
            {
                documents[token.Id] = sums = new TokenSums(run.Directory);
            }

            sums.Add(token);
        }

        return [.. documents.Select(d => d.Value.Mean(d.Key, sources[d.Key]))];
    }

    private static double[] Aggregate(ScoreRun run)
    {
        // A sum over no query would be a zero for every document, and be taken for a score.
        if (run.Queries.Count == 0)
        {
            throw new BadInputException(
                run.Directory, $"the program abstained from all {run.Abstained.Count} of its queries: it has no scores",
                remedy: "Distil a better surrogate, or score all the same with tda attribute --force.");
        }

        var queries = Enumerable.Range(0, run.Queries.Count).ToArray();
        if (queries.Where(q => run.Queries[q].Id == Differential).ToArray() is { Length: > 0 } differential)
        {
            queries = differential;
        }

        var sums = new double[run.Rows.Count];
        foreach (var query in queries)
        {
            var scores = run.Scores.Row(query);
            for (var row = 0; row < sums.Length; row++)
            {
                sums[row] += (double)scores[row] / queries.Length;
            }
        }

        return sums;
    }
}
