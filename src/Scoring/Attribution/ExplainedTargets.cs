using Tda.Scoring.Attribution.Runs;

namespace Tda.Scoring.Attribution;

/// <summary>
/// The rows of a run: the targets that a method scores and, of a contrast, their difference before them. Scores are linear in the query's
/// gradient, so the difference of scores is the score of the difference of mean gradients; of other methods it is a difference of scores.
/// </summary>
internal sealed class ExplainedTargets
{
    private readonly bool _contrast;

    public ExplainedTargets(QuerySet queries, bool contrast)
    {
        (Scored, _contrast) = (queries, contrast);
        var (targets, all) = (queries.Targets, Enumerable.Range(0, queries.Queries.Count).ToArray());
        Rows = !contrast ? queries : queries with
        {
            Targets =
            [
                new Target(ScoreFormat.Differential, all) { Description = $"(mean of {targets[0].Members.Count} queries '{targets[0].Id}' less mean of {targets[1].Members.Count} '{targets[1].Id}')" },
                .. targets,
            ],
        };
    }

    /// <summary>What is asked of the method.</summary>
    public QuerySet Scored { get; }

    /// <summary>What the run has rows of.</summary>
    public QuerySet Rows { get; }

    /// <summary>How many rows are ranked: the difference alone, or all.</summary>
    public int Ranked => _contrast ? 1 : Rows.Targets.Count;

    /// <summary>A method's scores as the run's rows.</summary>
    public ScoreMatrix Compose(ScoreMatrix scores)
    {
        if (!_contrast)
        {
            return scores;
        }

        var rows = new ScoreMatrix(3, scores.Documents);
        for (var t = 0; t < 2; t++)
        {
            scores.Row(t).CopyTo(rows.Row(t + 1));
        }

        Subtract(rows.Row(0), rows.Row(1), rows.Row(2));
        return rows;
    }

    /// <summary>The same, layer by layer.</summary>
    public LayerScores Compose(LayerScores scores, int documents)
    {
        if (!_contrast)
        {
            return scores;
        }

        var rows = new LayerScores(3, scores.Layers, documents);
        for (var m = 0; m < scores.Layers; m++)
        {
            for (var t = 0; t < 2; t++)
            {
                scores.Row(t, m).CopyTo(rows.Row(t + 1, m));
            }

            Subtract(rows.Row(0, m), rows.Row(1, m), rows.Row(2, m));
        }
        return rows;
    }

    /// <summary>The same of a document's token scores: the ranked rows.</summary>
    public TokenScoreTable Compose(TokenScoreTable table) => _contrast ? table.Select(1, own => [Differential.Of(own)]) : table;

    private static void Subtract(Span<float> difference, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        for (var d = 0; d < difference.Length; d++)
        {
            difference[d] = first[d] - second[d];
        }
    }
}
