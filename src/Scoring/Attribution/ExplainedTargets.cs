using Tda.Scoring.Attribution.Runs;

namespace Tda.Scoring.Attribution;

/// <summary>
/// The rows of a run: the targets that a method scores and, of a contrast, their difference before them. Scores are linear in the query's
/// gradient, so the difference of scores is the score of the difference of mean gradients; of other methods it is a difference of scores.
/// </summary>
/// <param name="scored">What is asked of the method; of a contrast two targets.</param>
/// <param name="contrast">Whether their difference is wanted.</param>
internal sealed class ExplainedTargets(QuerySet scored, bool contrast)
{
    /// <summary>What is asked of the method.</summary>
    public QuerySet Scored => scored;

    /// <summary>What the run has rows of.</summary>
    public QuerySet Rows { get; } = contrast ? scored with { Targets = [Difference(scored), .. scored.Targets] } : scored;

    /// <summary>How many rows are ranked: the difference alone, or all.</summary>
    public int Ranked => contrast ? 1 : Rows.Targets.Count;

    /// <summary>A method's scores as the run's rows.</summary>
    public ScoreMatrix Compose(ScoreMatrix scores)
    {
        if (!contrast)
        {
            return scores;
        }

        var rows = new ScoreMatrix(3, scores.Documents);
        Differential.Of(scores.Row(0), scores.Row(1)).CopyTo(rows.Row(0));
        scores.Row(0).CopyTo(rows.Row(1));
        scores.Row(1).CopyTo(rows.Row(2));
        return rows;
    }

    /// <summary>The same, layer by layer.</summary>
    public LayerScores Compose(LayerScores scores, int documents)
    {
        if (!contrast)
        {
            return scores;
        }

        var rows = new LayerScores(3, scores.Layers, documents);
        for (var m = 0; m < scores.Layers; m++)
        {
            Differential.Of(scores.Row(0, m), scores.Row(1, m)).CopyTo(rows.Row(0, m));
            scores.Row(0, m).CopyTo(rows.Row(1, m));
            scores.Row(1, m).CopyTo(rows.Row(2, m));
        }
        return rows;
    }

    /// <summary>The same of a document's token scores: the ranked rows.</summary>
    public TokenScoreTable Compose(TokenScoreTable table) => contrast ? table.Select(1, own => [Differential.Of(own)]) : table;

    private static Target Difference(QuerySet scored)
    {
        var (first, second) = (scored.Targets[0], scored.Targets[1]);
        return new Target(ScoreFormat.Differential, [.. Enumerable.Range(0, scored.Queries.Count)])
        {
            Description = $"(mean of {first.Members.Count} queries '{first.Id}' less mean of {second.Members.Count} '{second.Id}')",
        };
    }
}
