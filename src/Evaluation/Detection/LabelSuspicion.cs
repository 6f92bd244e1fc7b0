using Tda.Evaluation.Banks;
using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Curvature;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Evaluation.Detection;

/// <summary>
/// Which labels are likely wrong, by a classifier that was trained on all of them (Koh and Liang 2017, 1703.04730, §5.4):
/// <list type="number">
/// <item>Train logistic regression on the documents.</item>
/// <item>Fit EK-FAC on them, damped by the regularisation.</item>
/// <item>Per document: its self-influence <c>g_mᵀ(G + λI)⁻¹g_m</c>, since a wrong label fights all others; its influence on the mean loss of
/// examples whose labels are known to be right, where there are any; and its own loss, which takes no gradient.</item>
/// </list>
/// LAFTR's approximation of function space distance (2302.03519) isn't among them: it stands for ReLU units, and this model has none.
/// </summary>
public static class LabelSuspicion
{
    /// <summary>Suspicion by each measure, highest most suspicious.</summary>
    /// <param name="task">Documents are the labelled ones, queries those whose labels are right; there may be none of these.</param>
    /// <param name="progress">Shows the passes.</param>
    /// <param name="cancellation">Stops between steps and batches.</param>
    /// <exception cref="UsageException">The task doesn't fit together.</exception>
    public static SuspicionScores Of(ClassifierTask task, IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        task.Validate();
        progress ??= NullProgress.Instance;
        using var scope = NewDisposeScope();
        var n = task.Documents.Count;

        // 1. The model.
        var features = task.Table(task.Training.DType);
        var labels = tensor(task.Labels.Take(n).Select(label => (long)label).ToArray(), [n], dtype: ScalarType.Int64);
        using var run = ClassifierTrainer.Run(
            task.Shape, features.narrow(0, 0, n), labels, [[.. Enumerable.Repeat(true, n)]], [0], 0, task.Training with { Checkpoints = 1 },
            keepCheckpoints: true, progress, cancellation);
        var model = run.Checkpoints[0][^1].Model;
        var capture = new GradientCapture(new ClassifierCapture(model, features));
        var documents = ClassifierRows.Of(task.Documents, [.. task.Labels.Take(n)], 0);

        // 2. The curvature.
        using var factors = new EkfacFitter(capture, new EkfacOptions()).Fit(documents, progress: null, cancellation: cancellation);
        using var inverse = new EkfacPreconditioner(
            factors, new Damping(1, task.Training.WeightDecay > 0 ? task.Training.WeightDecay : null), task.Training.DType, capture.Model.Device);

        // 3. One pass for all measures; without right examples the direction is of a document, and its scores are left.
        var right = task.Queries.Count > 0;
        var queries = right ? ClassifierRows.Of(task.Queries, [.. task.Labels.Skip(n)], n) : documents;
        Target[] target = [new("right", right ? [.. Enumerable.Range(0, task.Queries.Count)] : [0])];
        using var gradients = QueryGradients.Compute(capture, queries, target, cancellation: cancellation);
        using var directions = new FullDirections(inverse.Apply(gradients));
        var scorer = new DocumentScorer(capture);
        using var pass = progress.Start("labels", n, "documents");
        var scores = scorer.Score(documents, directions, inverse, done => pass.Report(done), cancellation);
        return new SuspicionScores(
            task.Documents, [.. scorer.SelfInfluence!], right ? [.. scores.Row(0).ToArray().Select(score => -(double)score)] : null, Losses(model, features.narrow(0, 0, n), labels));
    }

    private static double[] Losses(Classifier model, Tensor features, Tensor labels)
    {
        using var none = no_grad();
        return nn.functional.cross_entropy(model.Forward(features), labels, reduction: nn.Reduction.None).to_type(ScalarType.Float64).data<double>().ToArray();
    }
}

/// <summary>How suspicious each document's label is.</summary>
/// <param name="Documents">Their ids.</param>
/// <param name="SelfInfluence">The documents' influence on their own loss.</param>
/// <param name="OnRight">How much they harm examples with right labels; null where none were given.</param>
/// <param name="Loss">Their losses, nats.</param>
public sealed record SuspicionScores(
    IReadOnlyList<string> Documents, IReadOnlyList<double> SelfInfluence, IReadOnlyList<double>? OnRight, IReadOnlyList<double> Loss)
{
    /// <summary>The measures by name; self-influence first, which needs nothing but the labels.</summary>
    public IEnumerable<(string Name, IReadOnlyList<double> Scores)> Measures =>
        OnRight is null ? [("self_influence", SelfInfluence), ("loss", Loss)]
        : [("self_influence", SelfInfluence), ("loss", Loss), ("influence_on_right", OnRight)];
}
