using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Index;

namespace Tda.Evaluation.Pbrf;

/// <summary>
/// The proximal Bregman response of query losses: for each document the tracked weights are moved to the optimum of
/// <see cref="PbrfObjective"/>, starting from the trained ones, by L-BFGS whose first inverse is <c>(G_s + λI)⁻¹</c> at the trained weights
/// and whose steps are halved until the objective falls. It is what damped Gauss-Newton influence estimates to first order in ε,
/// not what retraining gives.
/// </summary>
public sealed class PbrfSolver(
    IShiftableModel movable, GaussNewtonOperator products, IRowSource documents, ICurvatureSolver newton, PbrfOptions options)
{
    private const int Halvings = 12;

    private double Epsilon => options.Epsilon ?? 1.0 / products.Sequences;

    /// <summary>Moves the model once for each document, and back.</summary>
    /// <param name="chosen">Ordinals of the documents.</param>
    /// <param name="queries">One row a query.</param>
    /// <param name="targets">Means over queries.</param>
    /// <param name="excluded">Told of documents whose loss is not finite.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public PbrfResult Solve(
        IReadOnlyList<int> chosen, IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var objective = new PbrfObjective(movable, products, documents, newton.Damping[0], Epsilon);
        var before = Losses(products.Capture, queries, targets, cancellation);
        var moved = new GradientCapture(movable, products.Capture.Options);
        var changes = new List<IReadOnlyList<double>>();
        var converged = new List<bool>();
        using var task = progress.Start("PBRF", chosen.Count, "documents");
        foreach (var document in chosen)
        {
            using var scope = NewDisposeScope();
            var (delta, reached) = Optimum(objective, document, cancellation);
            if (delta is null)
            {
                excluded(new ExcludedDocument(documents.IdOf(document), "pbrf", "its loss is not finite"));
                changes.Add([.. before.Select(_ => double.NaN)]);
            }
            else
            {
                using var shift = objective.Shift(delta);
                changes.Add([.. Losses(moved, queries, targets, cancellation).Zip(before, (x, y) => (x - y) / Epsilon)]);
            }

            converged.Add(reached);
            task.Report(changes.Count);
        }
        return new PbrfResult(chosen, changes, converged, newton.Damping[0], Epsilon);
    }

    // δ in the caller's dispose scope, null when the document's loss is not finite to begin with; and whether it is the optimum.
    private (Tensor? Delta, bool Reached) Optimum(PbrfObjective objective, int document, CancellationToken cancellation)
    {
        var delta = zeros([1, products.Dimension], dtype: ScalarType.Float64, device: products.Device);
        var (value, gradient, norm) = objective.Evaluate(delta, document, cancellation);
        if (!double.IsFinite(value) || !double.IsFinite(norm))
        {
            return (null, false);
        }

        var target = options.Tolerance * Epsilon * norm;
        var inverse = new QuasiNewton(x => newton.Solve(x, cancellation).Solutions);
        for (var k = 0; k < options.Iterations && FlatVectors.Norms(gradient)[0] > target; k++)
        {
            var step = inverse.Apply(gradient).neg();
            var slope = gradient.mul(step).sum().item<double>();
            var length = 1.0;
            for (var tried = 0; ; tried++, length /= 2)
            {
                // The differences are far smaller than the value: rounding must not pass for an increase.
                var next = delta.add(step.mul(length));
                var (newValue, newGradient, _) = objective.Evaluate(next, document, cancellation);
                if (newValue <= value + 1e-4 * length * slope + 1e-13 * Math.Abs(value))
                {
                    inverse.Add(next.sub(delta), newGradient.sub(gradient));
                    (delta, value, gradient) = (next, newValue, newGradient);
                    break;
                }
                if (tried == Halvings)
                {
                    return (delta, false);
                }
            }
        }
        return (delta, FlatVectors.Norms(gradient)[0] <= target);
    }

    private static double[] Losses(GradientCapture capture, IRowSource queries, IReadOnlyList<Target> targets, CancellationToken cancellation)
    {
        var losses = new double[queries.DocumentCount];
        capture.ForEachBatch(queries, (rows, _) =>
        {
            using var noGradients = no_grad();
            var batch = PaddedBatch.Build(rows, capture.Model);
            using var forward = capture.Model.Forward(batch.Ids);
            var token = nn.functional.cross_entropy(
                forward.Logits.flatten(0, 1), batch.Labels.flatten(), reduction: nn.Reduction.None)
                .reshape(batch.LossMask.shape).mul(batch.LossMask);
            var sums = FlatVectors.Numbers(token.to_type(ScalarType.Float64).sum([1L]));
            for (var b = 0; b < rows.Count; b++)
            {
                losses[rows[b].Document] += sums[b];
            }
        }, null, cancellation);
        return [.. targets.Select(t => t.Members.Average(q => losses[q]))];
    }
}

/// <summary>Responses of query losses to documents.</summary>
/// <param name="Documents">Ordinals of the documents, as asked for.</param>
/// <param name="Changes">
/// [document][target]: (loss at the optimum − loss before)/ε in nats, on the scale and with the sign of scores; NaN for a document set apart.
/// </param>
/// <param name="Converged">Per document.</param>
/// <param name="Damping">λ of the proximal term.</param>
/// <param name="Epsilon">ε.</param>
public sealed record PbrfResult(
    IReadOnlyList<int> Documents, IReadOnlyList<IReadOnlyList<double>> Changes, IReadOnlyList<bool> Converged, double Damping, double Epsilon);
