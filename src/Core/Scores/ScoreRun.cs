using Tda.Core.Arrays;

namespace Tda.Core.Scores;

/// <summary>A finished run: scores of training rows for queries, with the rankings made of them.</summary>
public sealed class ScoreRun : IDisposable
{
    private readonly OpenedArtifact _artifact;

    private ScoreRun(OpenedArtifact artifact, ScoreHeader header, IReadOnlyList<ExplainedQuery> explained, IReadOnlyList<ScoreRow> rows, NpyArray<float> scores)
    {
        _artifact = artifact;
        Header = header;
        Explained = [.. explained.Where(q => q.Abstained != true)];
        Abstained = [.. explained.Where(q => q.Abstained == true)];
        Queries = [.. Explained.Select(q => q.ToQuery())];
        Rows = rows;
        Scores = scores;
    }

    public string Directory => _artifact.Directory;

    public Manifest Manifest => _artifact.Manifest;

    public ScoreHeader Header { get; }

    public IReadOnlyList<Query> Queries { get; }

    /// <summary><see cref="Queries"/> with what is known of their explanations.</summary>
    public IReadOnlyList<ExplainedQuery> Explained { get; }

    /// <summary>Queries without scores: the surrogate doesn't predict these answers well enough to explain them.</summary>
    public IReadOnlyList<ExplainedQuery> Abstained { get; }

    public IReadOnlyList<ScoreRow> Rows { get; }

    /// <summary>Shape (queries, rows), memory-mapped.</summary>
    public NpyArray<float> Scores { get; }

    /// <exception cref="BadInputException">Not a run, newer, damaged, of another sign convention, or its parts don't fit together.</exception>
    public static ScoreRun Open(string directory, bool verify = true)
    {
        var artifact = ArtifactDirectory.Open(directory, ScoreFormat.Name, ScoreFormat.Version, verify);
        var header = ReadHeader(artifact);
        List<ExplainedQuery> queries = [.. JsonLines.Read<ExplainedQuery>(artifact.PathOf(ScoreFormat.Queries))];
        var scored = queries.Count(q => q.Abstained != true);
        List<ScoreRow> rows = [.. JsonLines.Read<ScoreRow>(artifact.PathOf(ScoreFormat.Rows))];
        var path = artifact.PathOf(ScoreFormat.Scores);
        var scores = NpyArray<float>.Open(path);
        if (!scores.Shape.SequenceEqual([scored, rows.Count]))
        {
            scores.Dispose();
            throw new BadInputException(path, $"the shape is ({string.Join(", ", scores.Shape)}), but the run has {scored} scored queries and {rows.Count} rows");
        }

        return new ScoreRun(artifact, header, queries, rows, scores);
    }

    /// <summary>The rows that rank: the differential alone where there is one, whose other rows are its two parts; else all.</summary>
    public IReadOnlyList<int> RankedRows
    {
        get
        {
            int[] all = [.. Enumerable.Range(0, Queries.Count)];
            return all.Where(q => Queries[q].Id == ScoreFormat.Differential).ToArray() is { Length: > 0 } differential ? differential : all;
        }
    }

    /// <summary>The queries that each row stands for; empty in runs of other programs.</summary>
    public IEnumerable<TargetMember> Members() => Lines<TargetMember>(ScoreFormat.Members);

    /// <summary>The directory of the corpus that was scored, where the home has it as it was then; else null.</summary>
    public string? CorpusIn(TdaHome home) =>
        Manifest.InputOf(ArtifactKind.Corpus) is var (name, hash)
            && home.CorpusDirectory(name) is var directory && File.Exists(Path.Combine(directory, Manifest.FileName))
            && Corpus.Open(directory, verify: false).ContentHash == hash
            ? directory : null;

    /// <summary>The ranked documents; empty when the run has no ranking.</summary>
    public IEnumerable<DocumentScore> Top() => Lines<DocumentScore>(ScoreFormat.Top);

    /// <summary>
    /// The token scores; empty when the run has none. A document's tokens for one query stand together. Of several queries, each has those
    /// of the documents in its own ranking.
    /// </summary>
    /// <exception cref="BadInputException">The files of the token scores don't fit together.</exception>
    public IEnumerable<TokenScore> Tokens() => Manifest.Outputs.ContainsKey(TokenScores.Scores)
        ? TokenScores.Read(_artifact)
        : Lines<TokenScore>(ScoreFormat.Tokens); // version 1: a line a token

    /// <summary>The token scores of one document, for every query that has some. Reads no more than these.</summary>
    /// <exception cref="BadInputException">The files of the token scores don't fit together.</exception>
    public IEnumerable<TokenScore> TokensOf(string document) => Manifest.Outputs.ContainsKey(TokenScores.Scores)
        ? TokenScores.Read(_artifact, document)
        : Lines<TokenScore>(ScoreFormat.Tokens).Where(token => token.Id == document);

    public void Dispose() => Scores.Dispose();

    /// <summary>Adds files (mask, weights, report) that were written into the finished run to its manifest.</summary>
    public static void AddFiles(string directory, params string[] files) =>
        ArtifactDirectory.Amend(directory, ScoreFormat.Name, ScoreFormat.Version, files);

    private IEnumerable<T> Lines<T>(string name)
        where T : notnull => Manifest.Outputs.ContainsKey(name) ? JsonLines.Read<T>(_artifact.PathOf(name)) : [];

    private static ScoreHeader ReadHeader(OpenedArtifact artifact)
    {
        var convention = artifact.Detail<string>(ScoreFormat.SignConvention);
        if (convention != ScoreHeader.SignConvention)
        {
            throw new BadInputException(
                Path.Combine(artifact.Directory, Manifest.FileName),
                $"the scores follow the convention '{convention}'; '{ScoreHeader.SignConvention}' is expected");
        }

        return new ScoreHeader(
            artifact.Detail<string>(ScoreFormat.Method), artifact.Detail<double>(ScoreFormat.Damping), artifact.Detail<long>(ScoreFormat.N));
    }
}

/// <summary>How scores were made; the manifest names it in <c>details</c>.</summary>
/// <param name="Method">The method's name, such as <c>logra</c>.</param>
/// <param name="Damping">λ of the convention below, mean over modules; 0 for methods without curvature.</param>
/// <param name="N">Training rows (sequences): the objective is a mean over them, so removing a document changes the loss by about score / N nats.</param>
public sealed record ScoreHeader(string Method, double Damping, long N)
{
    /// <summary>The one sign convention of Tda, written into every run.</summary>
    public const string SignConvention = "score(m, q) = +∇loss(q)ᵀ (G + λI)⁻¹ ∇loss(m), losses in nats summed over tokens; positive = proponent";
}

/// <summary>A column of <c>scores.npy</c>: the run of training tokens that was scored. One line of <c>rows.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">The document's source.</param>
/// <param name="Start">First label-token index, at least 1.</param>
/// <param name="End">One past the last.</param>
public sealed record ScoreRow(string Id, string Source, int Start, int End);

/// <summary>Names inside a run directory. Keep in step with docs/formats.</summary>
public static class ScoreFormat
{
    public const string Name = "tda.scores";

    /// <summary>Id of a guide run's target: harm less safe.</summary>
    public const string Differential = "differential";

    public const int Version = 2;
    public const string Scores = "scores.npy";
    public const string Queries = "queries.jsonl";
    public const string Rows = "rows.jsonl";
    public const string Top = "top.jsonl";
    public const string Layers = "scores.layers.npy";
    public const string HalfWidths = "scores.half_widths.npy";
    public const string Tokens = "tokens.jsonl";
    public const string Members = "members.jsonl";
    public const string Weights = "weights.jsonl";

    public const string Method = "method";
    public const string Damping = "damping";
    public const string N = "n";
    public const string SignConvention = "sign_convention";
}
