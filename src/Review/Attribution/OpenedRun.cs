namespace Tda.Review.Attribution;

/// <summary>A run with what pages ask of it again and again.</summary>
public sealed class OpenedRun : IDisposable
{
    private readonly Dictionary<string, int> _rowOfQuery = new(StringComparer.Ordinal);
    private readonly Lazy<ILookup<string, DocumentScore>> _top;
    private readonly Lazy<IReadOnlyDictionary<string, DocumentMask>> _masks;

    public OpenedRun(string id, DateTime changed, ScoreRun scores, TdaHome home)
    {
        (Id, Changed, Scores) = (id, changed, scores);
        CorpusDirectory = scores.CorpusIn(home);
        CorpusName = scores.Manifest.InputOf(ArtifactKind.Corpus)?.Name;
        foreach (var (query, row) in scores.Queries.Select((query, row) => (query, row)))
        {
            _rowOfQuery.TryAdd(query.Id, row);
        }

        // A set of answers explains each of its members, after what explains them alone.
        foreach (var member in scores.Members())
        {
            if (_rowOfQuery.TryGetValue(member.Target, out var row) && member.Target != ScoreFormat.Differential)
            {
                _rowOfQuery.TryAdd(member.Query.Id, row);
            }
        }

        _top = new(() => scores.Top().ToLookup(one => one.Query ?? ""));
        _masks = new(() => ReadMasks(scores.Directory));
    }

    public string Id { get; }

    public DateTime Changed { get; }

    public ScoreRun Scores { get; }

    /// <summary>The corpus that was scored, where the home has it as it was then.</summary>
    public string? CorpusDirectory { get; }

    /// <summary>The corpus's name, whether it is there or not.</summary>
    public string? CorpusName { get; }

    /// <summary>The row that explains an exchange, alone or in a set; null where none does.</summary>
    public int? RowOf(string exchange) => _rowOfQuery.TryGetValue(exchange, out var row) ? row : null;

    /// <summary>Whether the run was asked about an exchange and abstained.</summary>
    public bool AbstainedFrom(string exchange) => Scores.Abstained.Any(query => query.Id == exchange);

    /// <summary>Exchanges and queries that a row stands for: those of a set, or the one.</summary>
    public IReadOnlyList<string> ExplainedBy(int row) => [.. _rowOfQuery.Where(pair => pair.Value == row).Select(pair => pair.Key)];

    /// <summary>The tokens that the run's mask suppresses in a document; null where it masks none of it.</summary>
    public DocumentMask? MaskOf(string document) => _masks.Value.GetValueOrDefault(document);

    /// <summary>The strongest proponents of a row, best first: the run's own ranking where it has one, which has intervals; else from the scores.</summary>
    public IReadOnlyList<DocumentScore> Top(int row, int most)
    {
        DocumentScore[] ranked = [.. _top.Value[Scores.Queries[row].Id].Where(one => one.Score > 0).OrderBy(one => one.Rank).Take(most)];
        return ranked.Length > 0 ? ranked : [.. Ranked(row).Where(one => one.Score > 0).Take(most)];
    }

    /// <summary>All documents of a row, the strongest proponent first.</summary>
    public IReadOnlyList<DocumentScore> Ranked(int row)
    {
        var scores = Scores.Scores.Row(row);
        var sums = new Dictionary<string, (string Source, double Score)>(StringComparer.Ordinal);
        for (var r = 0; r < scores.Length; r++)
        {
            var (id, source, _, _) = Scores.Rows[r];
            var score = float.IsNaN(scores[r]) ? 0 : scores[r];
            sums[id] = (source, (sums.TryGetValue(id, out var known) ? known.Score : 0) + score);
        }

        var positive = sums.Values.Sum(one => Math.Max(0, one.Score));
        return
        [
            .. sums.OrderByDescending(one => one.Value.Score).ThenBy(one => one.Key, StringComparer.Ordinal)
                .Select((one, i) => new DocumentScore(one.Key, one.Value.Source, one.Value.Score, positive > 0 ? Math.Max(0, one.Value.Score) / positive : 0, i + 1)),
        ];
    }

    /// <summary>Token scores of a document for a row, in order; of a set's or an aggregate's where the row has none of its own; empty where the run has none.</summary>
    public IReadOnlyList<TokenScore> TokenScoresOf(int row, string document)
    {
        var query = Scores.Queries[row].Id;
        var own = Scores.TokensOf(document).ToLookup(token => token.Query ?? "");
        return [.. (own.Contains(query) ? own[query] : own[""]).OrderBy(token => token.Start)];
    }

    public void Dispose() => Scores.Dispose();

    private static Dictionary<string, DocumentMask> ReadMasks(string directory)
    {
        var path = Path.Combine(directory, "mask.jsonl");
        return File.Exists(path) ? TokenMask.Read(path).ToDictionary(mask => mask.Id, StringComparer.Ordinal) : [];
    }
}
