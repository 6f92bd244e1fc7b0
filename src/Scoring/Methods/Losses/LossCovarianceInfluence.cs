using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods.Losses;

/// <summary><see cref="LossCovariance"/> of some models' losses; forward passes only. Owns the models' handle.</summary>
/// <param name="name">Name in <see cref="InfluenceMethods"/>.</param>
/// <param name="models">The K models.</param>
/// <param name="n">Training rows.</param>
public sealed class LossCovarianceInfluence(string name, ILossModels models, long n) : IInfluence
{
    private const string NotFinite = "its loss is not finite under one of the models";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => models.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Losses of everything under every model.
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var asked = new RowFilter(queries, wanted.Contains);
        var documentLosses = new double[models.Count, documents.DocumentCount];
        var queryLosses = new double[models.Count, queries.DocumentCount];
        using (var task = progress.Start("Losses", (double)models.Count * documents.RowCount, "rows"))
        {
            var k = 0;
            models.ForEach(capture =>
            {
                var before = (double)k * documents.RowCount;
                Put(documentLosses, k, DocumentLosses.Of(capture, documents, rows => task.Report(before + rows), cancellation));
                Put(queryLosses, k, DocumentLosses.Of(capture, asked, null, cancellation));
                k++;
            });
        }

        // 2. A target's loss is the mean over its queries that every model gives a loss.
        var lost = wanted.Where(q => !Finite(queryLosses, q)).Order().ToArray();
        foreach (var q in lost)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite));
        }

        var targetLosses = new double[models.Count, targets.Count];
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Except(lost).ToArray();
            for (var k = 0; k < models.Count && members.Length > 0; k++)
            {
                targetLosses[k, t] = members.Average(q => queryLosses[k, q]);
            }
        }

        // 3. Covariances; the variances are the self-influences.
        var scores = LossCovariance.Scores(documentLosses, targetLosses, models.Factor);
        for (var d = 0; d < scores.Documents; d++)
        {
            if (Finite(documentLosses, d))
            {
                continue;
            }

            scores.Exclude(d);
            excluded(new ExcludedDocument(documents.IdOf(d), "scores", NotFinite));
        }
        if (normalisation != Normalisation.None)
        {
            Normaliser.Apply(scores, normalisation, Variances(documentLosses), Variances(targetLosses));
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => models.Dispose();

    private double[] Variances(double[,] losses) => [.. Enumerable.Range(0, losses.GetLength(1)).Select(i =>
    {
        var values = Enumerable.Range(0, losses.GetLength(0)).Select(k => losses[k, i]).ToArray();
        var mean = values.Average();
        return models.Factor * values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    })];

    private static void Put(double[,] losses, int k, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            losses[k, i] = values[i];
        }
    }

    private static bool Finite(double[,] losses, int i) => Enumerable.Range(0, losses.GetLength(0)).All(k => double.IsFinite(losses[k, i]));
}
