using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;

namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>
/// Methods that solve for each target over all tracked weights at once: <c>score(m, q) = ⟨x_q, ∇loss(m)⟩</c>, <c>(G + λI) x_q ≈ ∇loss(q)</c>.
/// Unconverged targets are named to the progress sink. Owns the solver.
/// </summary>
internal sealed class SolvedInfluence(string name, GradientCapture capture, ICurvatureSolver solver, MethodOptions options) : IInfluence
{
    // A solver keeps about eight vectors of a target's size, in float64.
    private const int Copies = 16;

    /// <summary>An entry in <see cref="AttributionMethods"/> of a method that is a solver.</summary>
    public static AttributionMethod Entry(
        string name, MethodNeeds needs, string summary, Func<MethodSetup, ICurvatureSolver> build) => new()
        {
            Name = name,
            Family = MethodFamily.InfluenceFunctions,
            Summary = summary,
            Needs = needs,
            Create = setup => new SolvedInfluence(name, setup.Context.Capture, build(setup), setup.Options),
        };

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => solver.Sequences;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping =>
        solver.Damping is [var all] ? [.. Enumerable.Repeat(all, capture.Model.Modules.Count)] : solver.Damping;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var targetSelf = new List<double>();
        foreach (var (first, group) in Groups(targets))
        {
            using var scope = NewDisposeScope();
            // 1. Gradients of the targets, 2. their solutions, 3. products with the documents' gradients.
            var v = Gradients(queries, group, excluded, cancellation);
            var result = Solve(v, group, progress, cancellation);
            targetSelf.AddRange(FlatVectors.Numbers(FlatVectors.RowDots(v, result.Solutions)));
            using var directions = new FullDirections(FlatVectors.Split(capture.Model.Modules, result.Solutions, capture.Model.DType));
            using var task = progress.Start("Scores", documents.RowCount, "rows");
            var part = new DocumentScorer(capture).Score(documents, directions, null, rows => task.Report(rows), cancellation);
            scores.Set(part, first);
        }
        scores.NameExcluded(documents, excluded, ExcludedDocument.NotFinite);
        var self = normalisation == Normalisation.None ? null : DocumentSelf(documents, progress, cancellation);
        Normaliser.Apply(scores, normalisation, self, targetSelf);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => solver.Dispose();

    private SolveResult Solve(Tensor v, IReadOnlyList<Target> group, IProgressSink progress, CancellationToken cancellation)
    {
        var result = solver.Solve(v, cancellation);
        foreach (var q in Enumerable.Range(0, group.Count).Where(q => !result.Converged[q]))
        {
            progress.Message(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: query {group[q].Id} has not converged after {result.Iterations[q]} iterations: "
                + $"relative residual {result.Residuals[q]:g2}."));
        }
        var residuals = result.Residuals.Where(double.IsFinite).ToArray();
        if (residuals.Length > 0)
        {
            progress.Message(string.Create(
                CultureInfo.InvariantCulture, $"{name}: relative residuals of {group.Count} queries at most {residuals.Max():g2}."));
        }
        return result;
    }

    private Tensor Gradients(IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        using var gradients = QueryGradients.Compute(capture, queries, targets, excluded, cancellation);
        return FlatVectors.Join(gradients.Tensors).to_type(ScalarType.Float64);
    }

    // A solve for every document: G mixes the modules, so there is no shortcut by module.
    private double[] DocumentSelf(IRowSource documents, IProgressSink progress, CancellationToken cancellation)
    {
        progress.Message($"{name}: this normalisation needs a solve for each of {documents.DocumentCount} documents.");
        var rows = new int[documents.DocumentCount];
        for (var r = 0; r < documents.RowCount; r++)
        {
            rows[documents.DocumentOf(r)]++;
        }

        var self = new double[documents.DocumentCount];
        using var task = progress.Start("Self-influence", self.Length, "documents");
        foreach (var (first, group) in Groups([.. Enumerable.Range(0, self.Length).Select(d => new Target(documents.IdOf(d), [d]))]))
        {
            using var scope = NewDisposeScope();
            // The gradient of a set is a mean over its rows; a document's is their sum.
            var v = Gradients(documents, group, _ => { }, cancellation);
            var sums = v.mul(FlatVectors.Column(rows.Skip(first).Take(group.Length).Select(count => (double)count), v));
            FlatVectors.Numbers(FlatVectors.RowDots(sums, solver.Solve(sums, cancellation).Solutions)).CopyTo(self, first);
            task.Report(first + group.Length);
        }
        return self;
    }

    private IEnumerable<(int First, Target[] Members)> Groups(IReadOnlyList<Target> targets) =>
        QueryGradients.Groups(targets, options, capture.Model.Modules, Copies);
}

/// <summary>What solvers over the whole Gauss-Newton matrix are built from.</summary>
internal static class SolverSetup
{
    /// <summary>The matrix by its products.</summary>
    public static GaussNewtonOperator Products(this MethodSetup setup) =>
        new(setup.Context.Capture, setup.Context.Documents, setup.Apart(), setup.Cancellation);

    /// <summary>λ of the whole G: the absolute one asked for, or <c>factor · trace(G)/D</c>.</summary>
    /// <exception cref="TdaException">G is zero or not finite.</exception>
    public static double Damping(this MethodSetup setup, ICurvatureOperator g)
    {
        var curvature = setup.Options.Curvature;
        if (curvature.AbsoluteDamping is { } absolute)
        {
            return absolute;
        }

        var mean = Probes.MeanEigenvalue(g, curvature.TraceProbes, setup.Context.Seed, setup.Cancellation);
        return mean > 0 && double.IsFinite(mean)
            ? setup.Options.DampingFactor * mean
            : throw new TdaException(
                $"the curvature's mean eigenvalue is {mean}: no gradient reaches the tracked weights; give an absolute damping");
    }

    /// <summary>EK-FAC's inverse with that λ, in float64 like the solvers' vectors; the caller owns it.</summary>
    public static EkfacPreconditioner Ekfac(this MethodSetup setup, double damping) => setup.WithFactors(
        factors => new EkfacPreconditioner(factors, new Damping(Absolute: damping), ScalarType.Float64, setup.Model.Device));

    /// <summary>A preconditioner by module as a function of flat vectors.</summary>
    public static Func<Tensor, Tensor> Flat(IPreconditioner preconditioner) => vectors =>
    {
        using var scope = NewDisposeScope();
        using var v = FlatVectors.Split(preconditioner.Modules, vectors, vectors.dtype);
        using var x = preconditioner.Apply(v);
        return FlatVectors.Join(x.Tensors).MoveToOuterDisposeScope();
    };

    /// <summary>Says once of each document that it is left out.</summary>
    public static Action<int> Apart(this MethodSetup setup)
    {
        var named = new HashSet<int>();
        return d =>
        {
            if (named.Add(d))
            {
                setup.Progress.Message(
                    $"Document {setup.Context.Documents.IdOf(d)} is left out of the curvature: its gradient is not finite.");
            }
        };
    }
}
