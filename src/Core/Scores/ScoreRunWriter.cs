using Tda.Core.Arrays;

namespace Tda.Core.Scores;

/// <summary>Writes <c>runs/&lt;id&gt;/</c>. The run appears at <see cref="Commit"/>, complete.</summary>
public sealed class ScoreRunWriter : IDisposable
{
    private readonly ArtifactDirectory _artifact;
    private readonly NpyWriter<float> _scores;
    private readonly int _queries;
    private readonly int _rows;

    private readonly bool _keepsUnfinished;

    private ScoreRunWriter(ArtifactDirectory artifact, int queries, int rows, bool keepsUnfinished)
    {
        _artifact = artifact;
        _keepsUnfinished = keepsUnfinished;
        _queries = queries;
        _rows = rows;
        _scores = new NpyWriter<float>(artifact.PathOf(ScoreFormat.Scores), rows);
    }

    /// <summary>To note command, options, seeds, inputs and further details in.</summary>
    public Manifest Manifest => _artifact.Manifest;

    /// <summary>Where the run's other files (mask, weights, report) are to be written before the commit.</summary>
    public string PathOf(string name) => _artifact.PathOf(name);

    /// <param name="directory">The run's directory.</param>
    /// <param name="header">How the scores are made.</param>
    /// <param name="queries">What is explained, one row of the score matrix each; then what the program abstained from.</param>
    /// <param name="rows">What is scored: one column of the score matrix each.</param>
    /// <param name="time">Clock for the creation time.</param>
    /// <param name="replace">Whether a run already there may be replaced, at the commit.</param>
    /// <exception cref="UsageException">It exists and <paramref name="replace"/> is false.</exception>
    public static ScoreRunWriter Create(
        string directory, ScoreHeader header, IReadOnlyList<ExplainedQuery> queries, IReadOnlyList<ScoreRow> rows, TimeProvider time, bool replace = false) =>
        Begin(ArtifactDirectory.Create(directory, ScoreFormat.Name, ScoreFormat.Version, time, replace), header, queries, rows, keepsUnfinished: false);

    /// <summary>The same in a directory that work was kept in, and is until the commit: a failed write loses nothing of it.</summary>
    /// <inheritdoc cref="Create"/>
    public static ScoreRunWriter Into(
        ArtifactDirectory artifact, ScoreHeader header, IReadOnlyList<ExplainedQuery> queries, IReadOnlyList<ScoreRow> rows) =>
        Begin(artifact, header, queries, rows, keepsUnfinished: true);

    private static ScoreRunWriter Begin(
        ArtifactDirectory artifact, ScoreHeader header, IReadOnlyList<ExplainedQuery> queries, IReadOnlyList<ScoreRow> rows, bool keepsUnfinished)
    {
        try
        {
            artifact.Manifest.Details[ScoreFormat.Method] = header.Method;
            artifact.Manifest.Details[ScoreFormat.Damping] = header.Damping;
            artifact.Manifest.Details[ScoreFormat.N] = header.N;
            artifact.Manifest.Details[ScoreFormat.SignConvention] = ScoreHeader.SignConvention;
            ExplainedQuery[] scored = [.. queries.Where(q => q.Abstained != true)];
            JsonLines.Write(artifact.PathOf(ScoreFormat.Queries), scored.Concat(queries.Where(q => q.Abstained == true)));
            JsonLines.Write(artifact.PathOf(ScoreFormat.Rows), rows);
            return new ScoreRunWriter(artifact, scored.Length, rows.Count, keepsUnfinished);
        }
        catch
        {
            End(artifact, keepsUnfinished);
            throw;
        }
    }

    /// <summary>Appends the next query's scores, one for each row.</summary>
    /// <exception cref="TdaException">A score isn't finite: that is a failure of the method, and must not be ranked.</exception>
    public void Append(ReadOnlySpan<float> scores)
    {
        if (scores.Length != _rows)
        {
            throw new ArgumentException($"{scores.Length} scores were given for {_rows} rows", nameof(scores));
        }

        for (var row = 0; row < scores.Length; row++)
        {
            if (!float.IsFinite(scores[row]))
            {
                throw new TdaException($"The score of row {row} for query {_scores.Rows} is {scores[row]}. Raise the damping, or index in float32.");
            }
        }

        _scores.Append(scores);
    }

    /// <summary>Writes <c>top.jsonl</c>.</summary>
    public void WriteTop(IEnumerable<DocumentScore> top) => JsonLines.Write(PathOf(ScoreFormat.Top), top);

    /// <summary>Writes <c>tokens.jsonl</c> and its arrays. One document's tokens for one query stand together.</summary>
    public void WriteTokens(IEnumerable<TokenScore> tokens) => TokenScores.Write(PathOf, tokens);

    /// <exception cref="InvalidOperationException">Some query has no scores yet.</exception>
    public void Commit()
    {
        if (_scores.Rows != _queries)
        {
            throw new InvalidOperationException($"{_scores.Rows} of {_queries} queries have scores");
        }

        _scores.Commit();
        _artifact.Commit();
    }

    /// <summary>Without a commit, throws the unfinished run away, or leaves what was kept in its directory (<see cref="Into"/>).</summary>
    public void Dispose()
    {
        _scores.Dispose();
        End(_artifact, _keepsUnfinished);
    }

    private static void End(ArtifactDirectory artifact, bool keepsUnfinished)
    {
        if (keepsUnfinished)
        {
            artifact.Dispose();
        }
        else
        {
            artifact.Discard();
        }
    }
}
