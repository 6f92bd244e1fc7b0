using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;

namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>
/// Methods that solve for each target over all tracked weights at once: <c>score(m, q) = ⟨x_q, ∇loss(m)⟩</c>, <c>(G + λI) x_q ≈ ∇loss(q)</c>.
/// Unconverged targets are named to the progress sink and in <see cref="Solves"/>. Owns the solver.
/// </summary>
public sealed class SolvedInfluence(string name, GradientCapture capture, ICurvatureSolver solver, MethodOptions options) : IInfluence
{
    private readonly List<QuerySolve> _solves = [];

    /// <summary>An entry in <see cref="AttributionMethods"/> of a method that is a solver.</summary>
    internal static AttributionMethod Entry(string name, MethodNeeds needs, string summary, Func<SolverSetup, ICurvatureSolver> solver) => new()
    {
        Name = name,
        Family = MethodFamily.InfluenceFunctions,
        Summary = summary,
        Needs = needs,
        Create = (context, options, progress, cancellation) =>
            new SolvedInfluence(name, context.Capture, solver(new SolverSetup(context, options, progress, cancellation)), options),
    };

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => solver.Sequences;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => solver.Damping;

    /// <summary>How well each target of the last call to <see cref="Score"/> was solved.</summary>
    public IReadOnlyList<QuerySolve> Solves => _solves;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        _solves.Clear();
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var targetSelf = new List<double>();
        var done = 0;
        foreach (var group in targets.Chunk(GroupSize()))
        {
            using var scope = NewDisposeScope();
            // 1. Gradients of the targets, 2. their solutions, 3. products with the documents' gradients.
            var v = Gradients(queries, group, excluded, cancellation);
            var result = Solve(v, group, progress, cancellation);
            targetSelf.AddRange(FlatVectors.Numbers(FlatVectors.RowDots(v, result.Solutions)));
            using var directions = new FullDirections(FlatVectors.Split(capture.Model.Modules, result.Solutions, capture.Model.DType));
            using var task = progress.Start("Scores", documents.RowCount, "rows");
            var part = new DocumentScorer(capture).Score(documents, directions, null, rows => task.Report(rows), cancellation);
            for (var t = 0; t < group.Length; t++)
            {
                part.Row(t).CopyTo(scores.Row(done + t));
            }

            done += group.Length;
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
        var found = group.Select((t, q) => new QuerySolve(t.Id, result.Iterations[q], result.Residuals[q], result.Converged[q])).ToArray();
        _solves.AddRange(found);
        foreach (var solve in found.Where(s => !s.Converged))
        {
            progress.Message(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: query {solve.Target} has not converged after {solve.Iterations} iterations: relative residual {solve.Residual:g2}."));
        }
        var residuals = found.Where(s => double.IsFinite(s.Residual)).Select(s => s.Residual).ToArray();
        if (residuals.Length > 0)
        {
            progress.Message(string.Create(
                CultureInfo.InvariantCulture, $"{name}: relative residuals of {found.Length} queries at most {residuals.Max():g2}."));
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
        foreach (var group in Enumerable.Range(0, self.Length).Chunk(GroupSize()))
        {
            using var scope = NewDisposeScope();
            // The gradient of a set is a mean over its rows; a document's is their sum.
            var v = Gradients(documents, [.. group.Select(d => new Target(documents.IdOf(d), [d]))], _ => { }, cancellation);
            var sums = v.mul(FlatVectors.Column(group.Select(d => (double)rows[d]), v));
            var products = FlatVectors.Numbers(FlatVectors.RowDots(sums, solver.Solve(sums, cancellation).Solutions));
            for (var i = 0; i < group.Length; i++)
            {
                self[group[i]] = products[i];
            }

            task.Report(group[^1] + 1);
        }
        return self;
    }

    // A solver keeps about eight vectors of a target's size, in float64.
    private int GroupSize() => (int)Math.Clamp(options.QueryElements / 16 / FlatVectors.Dimension(capture.Model.Modules), 1, int.MaxValue);
}

/// <summary>How well one target's system was solved.</summary>
/// <param name="Target">The target's id.</param>
/// <param name="Iterations">Iterations spent.</param>
/// <param name="Residual"><c>‖(G + λI)x − v‖ / ‖v‖</c> under the whole G; NaN for methods that don't solve that system.</param>
/// <param name="Converged">False when the tolerance was not met.</param>
public sealed record QuerySolve(string Target, int Iterations, double Residual, bool Converged);

/// <summary>What solvers over the whole Gauss-Newton matrix are built from.</summary>
internal sealed record SolverSetup(InfluenceContext Context, MethodOptions Options, IProgressSink Progress, CancellationToken Cancellation)
{
    /// <summary>How many modules λ is reported for.</summary>
    public int Modules => Context.Capture.Model.Modules.Count;

    /// <summary>The matrix by its products.</summary>
    public GaussNewtonOperator Products() => new(Context.Capture, Context.Documents, Apart(), Cancellation);

    /// <summary>λ of the whole G.</summary>
    public double Damping(ICurvatureOperator g) => Damping(g, Options, Context.Seed, Cancellation);

    /// <summary>λ of the whole G: the absolute one asked for, or <c>factor · trace(G)/D</c>.</summary>
    /// <exception cref="TdaException">G is zero or not finite.</exception>
    public static double Damping(ICurvatureOperator g, MethodOptions options, long seed, CancellationToken cancellation = default)
    {
        if (options.Curvature.AbsoluteDamping is { } absolute)
        {
            return absolute;
        }

        var mean = Probes.MeanEigenvalue(g, options.Curvature.TraceProbes, seed, cancellation);
        return mean > 0 && double.IsFinite(mean)
            ? options.DampingFactor * mean
            : throw new TdaException(
                $"the curvature's mean eigenvalue is {mean}: no gradient reaches the tracked weights; give an absolute damping");
    }

    /// <summary>EK-FAC's inverse with that λ, in float64 like the solvers' vectors; the caller owns it.</summary>
    public EkfacPreconditioner Ekfac(double damping) => Context.WithFactors(
        factors => new EkfacPreconditioner(factors, new Damping(Absolute: damping), ScalarType.Float64, Context.Capture.Model.Device), Cancellation);

    /// <summary>A preconditioner by module as a function of flat vectors.</summary>
    public static Func<Tensor, Tensor> Flat(IPreconditioner preconditioner) => vectors =>
    {
        using var scope = NewDisposeScope();
        using var v = FlatVectors.Split(preconditioner.Modules, vectors, vectors.dtype);
        using var x = preconditioner.Apply(v);
        return FlatVectors.Join(x.Tensors).MoveToOuterDisposeScope();
    };

    /// <summary>Says once of each document that it is left out.</summary>
    public Action<int> Apart()
    {
        var named = new HashSet<int>();
        return d =>
        {
            if (named.Add(d))
            {
                Progress.Message($"Document {Context.Documents.IdOf(d)} is left out of the curvature: its gradient is not finite.");
            }
        };
    }
}
