namespace Tda.Evaluation;

/// <summary>
/// How far two runs over the same queries and the same corpus agree: two methods, two surrogates, two seeds. Documents are those with a score
/// in both. It says how much of a ranking depends on the choice, not which is right (<c>tda evaluate lds</c> does).
/// </summary>
public sealed record RunAgreement
{
    private const int NamedIds = 5;

    /// <summary>Each query that both runs explain.</summary>
    public required IReadOnlyList<QueryAgreement> Queries { get; init; }

    /// <summary>Ids of queries that one of the runs abstained from.</summary>
    public required IReadOnlyList<string> NotCompared { get; init; }

    /// <summary>Mean of Spearman's correlation over the queries, with its 95 % bootstrap interval over queries; NaN ends for a single query.</summary>
    public required Interval Spearman { get; init; }

    /// <summary>The same of the overlap.</summary>
    public required Interval Overlap { get; init; }

    /// <summary>Documents that overlap is counted among, at most all.</summary>
    public required int Top { get; init; }

    /// <summary>Overlap that two rankings at random would have: top over documents.</summary>
    public required double ChanceOverlap { get; init; }

    /// <summary>Documents with a score in both.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents that only one of the runs scored.</summary>
    public required int ScoredOnce { get; init; }

    /// <summary>Of the documents among the top of either run, by mean score over the queries, those whose rank differs most.</summary>
    public required IReadOnlyList<MovedDocument> Moved { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="first">A run.</param>
    /// <param name="second">Another.</param>
    /// <param name="top">Documents whose overlap is counted, at least 1.</param>
    /// <param name="options">The interval's resamples and seed.</param>
    /// <exception cref="BadInputException">Of other corpora or other queries (named by id), or nothing is in both.</exception>
    public static RunAgreement Of(ScoreRun first, ScoreRun second, int top, BootstrapOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        // 1. The same question?
        RequireSameCorpus(first, second);
        RequireSameQueries(first, second);

        // 2. What both have.
        var (a, b) = (RunTable.Of(first), RunTable.Of(second));
        string[] documents = [.. a.Documents.Intersect(b.Documents, StringComparer.Ordinal)];
        string[] queries = [.. Ranked(first).Intersect(Ranked(second), StringComparer.Ordinal)];
        if (documents.Length < 2 || queries.Length == 0)
        {
            throw new BadInputException(
                second.Directory, $"has {documents.Length} documents and {queries.Length} explained queries in common with run {Id(first)}",
                remedy: "Compare runs that scored the same documents and didn't abstain.");
        }

        var (x, y) = (a.For(queries, documents), b.For(queries, documents));
        var places = RunTable.Places(a.Documents);

        // 3. Query by query, and their mean.
        top = Math.Min(top, documents.Length);
        QueryAgreement[] each = [.. queries.Select((id, q) => Compare(id, x.Row(q).ToArray(), y.Row(q).ToArray(), documents, top))];
        options ??= new BootstrapOptions();
        return new RunAgreement
        {
            Queries = each,
            NotCompared = [.. first.Abstained.Concat(second.Abstained).Select(q => q.Id).Distinct(StringComparer.Ordinal)],
            Spearman = Mean([.. each.Select(q => q.Spearman)], options),
            Overlap = Mean([.. each.Select(q => q.Overlap)], options),
            Top = top,
            ChanceOverlap = (double)top / documents.Length,
            Documents = documents.Length,
            ScoredOnce = a.Documents.Count + b.Documents.Count - 2 * documents.Length,
            Moved = MovedMost(Means(x), Means(y), documents, [.. documents.Select(id => a.Sources[places[id]])], top),
        };
    }

    private static QueryAgreement Compare(string id, float[] x, float[] y, string[] documents, int top)
    {
        // A run that scores all documents alike agrees with nothing.
        var spearman = Correlation.Spearman([.. x.Select(s => (double)s)], [.. y.Select(s => (double)s)]);
        var common = Order(x, documents).Take(top).Intersect(Order(y, documents).Take(top)).Count();
        return new QueryAgreement(id, double.IsNaN(spearman) ? 0 : spearman, common / (double)top);
    }

    private static IReadOnlyList<MovedDocument> MovedMost(float[] x, float[] y, string[] documents, string[] sources, int top)
    {
        var (first, second) = (Ranks(x, documents), Ranks(y, documents));
        return
        [
            .. Enumerable.Range(0, documents.Length)
                .Where(d => Math.Min(first[d], second[d]) <= top && first[d] != second[d])
                .OrderByDescending(d => Math.Abs(first[d] - second[d]))
                .ThenBy(d => documents[d], StringComparer.Ordinal)
                .Take(top)
                .Select(d => new MovedDocument(documents[d], sources[d], first[d], second[d]))
        ];
    }

    private static IEnumerable<int> Order(float[] scores, string[] documents) =>
        Enumerable.Range(0, scores.Length).OrderByDescending(d => scores[d]).ThenBy(d => documents[d], StringComparer.Ordinal);

    private static int[] Ranks(float[] scores, string[] documents)
    {
        var ranks = new int[scores.Length];
        foreach (var (place, d) in Order(scores, documents).Index())
        {
            ranks[d] = place + 1;
        }

        return ranks;
    }

    private static float[] Means(ScoreMatrix scores) =>
        [.. Enumerable.Range(0, scores.Documents).Select(d => (float)Enumerable.Range(0, scores.Targets).Average(q => (double)scores[q, d]))];

    private static Interval Mean(double[] values, BootstrapOptions options) =>
        values.Length > 1 ? Bootstrap.OfMean(values, options) : new Interval(values[0], double.NaN, double.NaN);

    private static IEnumerable<string> Ranked(ScoreRun run) => run.RankedRows.Select(row => run.Queries[row].Id);

    private static void RequireSameCorpus(ScoreRun first, ScoreRun second)
    {
        var (a, b) = (first.Manifest.InputOf(ArtifactKind.Corpus), second.Manifest.InputOf(ArtifactKind.Corpus));
        if (a?.Hash != b?.Hash)
        {
            throw new BadInputException(
                second.Directory, $"scored {Named(b)}, run {Id(first)} scored {Named(a)}: their documents differ",
                remedy: "Compare runs over one corpus.");
        }

        static string Named((string Name, string Hash)? corpus) =>
            corpus is var (name, hash) ? $"corpus {name} (content {hash[..Math.Min(12, hash.Length)]})" : "an unnamed corpus";
    }

    private static void RequireSameQueries(ScoreRun first, ScoreRun second)
    {
        var (a, b) = (Asked(first), Asked(second));
        string[] differ =
        [
            .. a.Keys.Except(b.Keys, StringComparer.Ordinal).Select(id => $"'{id}' only in {Id(first)}"),
            .. b.Keys.Except(a.Keys, StringComparer.Ordinal).Select(id => $"'{id}' only in {Id(second)}"),
            .. a.Where(q => b.TryGetValue(q.Key, out var other) && other != q.Value).Select(q => $"'{q.Key}' with another text"),
        ];
        if (differ.Length > 0)
        {
            throw new BadInputException(
                second.Directory,
                $"explains other queries than run {Id(first)}: {string.Join(", ", differ.Take(NamedIds))}{(differ.Length > NamedIds ? $" and {differ.Length - NamedIds} more" : "")}",
                remedy: "Attribute the same query file in the same way in both.");
        }
    }

    // Of a set its description says only how many it is a mean of: its members tell it apart.
    private static Dictionary<string, string> Asked(ScoreRun run)
    {
        var members = run.Members().ToLookup(m => m.Target, m => m.Query, StringComparer.Ordinal);
        return run.RankedRows.Select(row => run.Explained[row]).Concat(run.Abstained).ToDictionary(
            q => q.Id,
            q => string.Join('\n', members[q.Id].DefaultIfEmpty(q.ToQuery()).Select(m => JsonSerializer.Serialize(m with { Label = null }, JsonDefaults.Options))),
            StringComparer.Ordinal);
    }

    private static string Id(ScoreRun run) => Path.GetFileName(run.Directory);
}

/// <summary>How far two runs agree on one query.</summary>
/// <param name="Query">Its id.</param>
/// <param name="Spearman">Spearman's correlation over documents; 0 where a run scores all alike.</param>
/// <param name="Overlap">Share of the first documents that are among the first of both, 0 to 1.</param>
public sealed record QueryAgreement(string Query, double Spearman, double Overlap);

/// <summary>A document on which two runs differ.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">Its source.</param>
/// <param name="FirstRank">Its rank in the first run, among the documents in both, from 1.</param>
/// <param name="SecondRank">Its rank in the second.</param>
public sealed record MovedDocument(string Id, string Source, int FirstRank, int SecondRank)
{
    /// <summary>The name by which people know it; null where none is known.</summary>
    public string? Name { get; init; }
}
