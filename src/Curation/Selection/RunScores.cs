namespace Tda.Curation.Selection;

/// <summary>Reads a run's scores as the selection rules take them.</summary>
public static class RunScores
{
    /// <inheritdoc cref="Candidates(ScoreRun)"/>
    public static IReadOnlyList<CandidateDocument> Candidates(string runDirectory)
    {
        using var run = ScoreRun.Open(runDirectory);
        return Candidates(run);
    }

    /// <summary>
    /// The run's documents with their scores: the differential of a guide run, whose other rows are its two parts, the mean over the
    /// queries of any other; rows added up by document.
    /// </summary>
    public static IReadOnlyList<CandidateDocument> Candidates(ScoreRun run)
    {
        var scores = Aggregate(run);
        var byId = new Dictionary<string, CandidateDocument>(StringComparer.Ordinal);
        for (var row = 0; row < scores.Length; row++)
        {
            var (id, source, _, _) = run.Rows[row];
            byId[id] = byId.TryGetValue(id, out var known)
                ? known with { Score = known.Score + scores[row] }
                : new CandidateDocument(id, source, scores[row]);
        }

        return [.. byId.Values];
    }

    /// <summary>
    /// The run's token scores by document; of a run with several queries their mean, in which a query that doesn't rank the document counts
    /// as 0: its tokens weren't scored for that one.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="only">Documents wanted; null = all.</param>
    /// <exception cref="BadInputException">A token names a document without a row, comes twice, or its score isn't finite.</exception>
    public static IReadOnlyList<DocumentTokenScores> Tokens(ScoreRun run, IReadOnlySet<string>? only = null)
    {
        var sources = run.Rows.DistinctBy(row => row.Id).ToDictionary(row => row.Id, row => row.Source, StringComparer.Ordinal);
        var documents = new Dictionary<string, TokenSums>(StringComparer.Ordinal);
        foreach (var token in run.Tokens().Where(token => only is null || only.Contains(token.Id)))
        {
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

        return [.. documents.Select(d => d.Value.Mean(d.Key, sources[d.Key], run.Queries.Count))];
    }

    /// <summary>Token scores of single documents for single queries; of a query of null, the aggregate's.</summary>
    /// <param name="run">The run.</param>
    /// <param name="only">What is wanted; of what the run has no token scores, the result has nothing.</param>
    /// <exception cref="BadInputException">A token comes twice, or its score isn't finite.</exception>
    public static IReadOnlyDictionary<(string? Query, string Id), DocumentTokenScores> Tokens(ScoreRun run, IReadOnlySet<(string? Query, string Id)> only)
    {
        var sums = new Dictionary<(string? Query, string Id), TokenSums>();
        foreach (var token in run.Tokens().Where(token => only.Contains((token.Query, token.Id))))
        {
            if (!sums.TryGetValue((token.Query, token.Id), out var own))
            {
                sums[(token.Query, token.Id)] = own = new TokenSums(run.Directory);
            }

            own.Add(token);
        }

        return sums.ToDictionary(s => s.Key, s => s.Value.Mean(s.Key.Id, source: "", queries: 1));
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

        var queries = run.RankedRows;
        var sums = new double[run.Rows.Count];
        foreach (var query in queries)
        {
            var scores = run.Scores.Row(query);
            for (var row = 0; row < sums.Length; row++)
            {
                sums[row] += (double)scores[row] / queries.Count;
            }
        }

        return sums;
    }
}

/// <summary>Gathers one document's token scores.</summary>
internal sealed class TokenSums(string directory)
{
    private readonly SortedDictionary<int, (double Sum, CharacterSpan Span)> _tokens = [];
    private readonly HashSet<(string? Query, int Token)> _seen = [];
    private bool _aggregated;

    public void Add(TokenScore token)
    {
        if (!_seen.Add((token.Query, token.Token)))
        {
            throw new BadInputException(directory, $"tokens.jsonl scores token {token.Token} of document {token.Id} twice for the same query");
        }

        if (token.Token < 1 || !double.IsFinite(token.Score))
        {
            throw new BadInputException(directory, $"tokens.jsonl gives token {token.Token} of document {token.Id} the score {token.Score}; label tokens start at 1 and scores are finite");
        }

        // A line without a query is an aggregate already: where there is one, lines of single queries must not be added to it.
        if (token.Query is null && !_aggregated)
        {
            _aggregated = true;
            _tokens.Clear();
        }
        else if (token.Query is not null && _aggregated)
        {
            return;
        }

        var sum = _tokens.TryGetValue(token.Token, out var known) ? known.Sum : 0;
        _tokens[token.Token] = (sum + token.Score, new CharacterSpan(token.Start, token.End));
    }

    public DocumentTokenScores Mean(string id, string source, int queries)
    {
        var count = _aggregated ? 1 : queries;
        return new DocumentTokenScores(
            id,
            source,
            [.. _tokens.Keys],
            [.. _tokens.Values.Select(t => (float)(t.Sum / count))],
            [.. _tokens.Values.Select(t => t.Span)]);
    }
}
