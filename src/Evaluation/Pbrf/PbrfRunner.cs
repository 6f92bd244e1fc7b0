using System.Diagnostics;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Index;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Evaluation.Pbrf;

/// <summary>Proximal Bregman responses with the Newton solver that fits the model's size.</summary>
public static class PbrfRunner
{
    private const int UsualProducts = 100;
    private const double LongSeconds = 60;

    /// <summary>
    /// Responses of the targets' losses to chosen documents. λ is that of <see cref="MethodSetup.Damping"/>, the same that explicit, cg and
    /// astra use with the same options; methods with a λ a module should be given it as absolute damping before they are compared.
    /// </summary>
    /// <param name="context">Documents, and the model at its trained weights.</param>
    /// <param name="movable">A copy of the model, to be moved.</param>
    /// <param name="options">Damping, and the largest explicit matrix.</param>
    /// <param name="pbrf">How the optimum is found.</param>
    /// <param name="chosen">Ordinals of documents.</param>
    /// <param name="queries">One row a query.</param>
    /// <param name="targets">Means over queries.</param>
    /// <param name="excluded">Told of documents set apart.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static PbrfResult Run(
        InfluenceContext context, IShiftableModel movable, MethodOptions options, PbrfOptions pbrf, IReadOnlyList<int> chosen,
        IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate();
        pbrf.Validate();
        var products = new GaussNewtonOperator(context.Capture, context.Documents, null, cancellation);
        var damping = new MethodSetup(context, options, progress, cancellation).Damping(products);
        var exact = options with
        {
            Curvature = options.Curvature with { AbsoluteDamping = damping, AstraCg = new CgOptions { Iterations = 200, Tolerance = 1e-3 } },
        };
        Warn(products, chosen.Count, progress, cancellation);
        using var newton = products.Dimension <= options.Curvature.MaxDimension
            ? ExplicitSolver.Of(new MethodSetup(context, exact, progress, cancellation))
            : ConjugateGradientSolver.Astra(new MethodSetup(context, exact, progress, cancellation));
        return new PbrfSolver(movable, products, context.Documents, newton, pbrf)
            .Solve(chosen, queries, targets, excluded, progress, cancellation);
    }

    // Each document is an optimisation of its own: said before it is begun, since nothing is shown until the first is done.
    private static void Warn(GaussNewtonOperator products, int documents, IProgressSink progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        products.Multiply(ones([1, products.Dimension], dtype: ScalarType.Float64, device: products.Device), null, cancellation);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (seconds * documents * UsualProducts < LongSeconds)
        {
            return;
        }

        progress.Message(FormattableString.Invariant(
            $"A product with the curvature of {products.Sequences:N0} rows takes {seconds:N1} s here, and a document some {UsualProducts} of them: ")
            + FormattableString.Invariant($"about {seconds * documents * UsualProducts / 60:N0} minutes for {documents}. ")
            + "Take fewer documents, or an index of a smaller corpus.");
    }
}

/// <summary>How the proximal Bregman response is found.</summary>
public sealed record PbrfOptions
{
    /// <summary>ε, the weight taken off the document's loss, above 0. Null (default): 1/N, what removing it does.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Most Newton steps a document. 1 to 1,000; default 50.</summary>
    public int Iterations { get; init; } = 50;

    /// <summary>Done when the objective's gradient is this share of its size at the start, above 0 and below 1. Default 1e-3.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">Names all that are wrong.</exception>
    public void Validate() => new OptionChecks()
        .Above("epsilon", Epsilon, 0)
        .Between("iterations", Iterations, 1, 1_000)
        .Require(Tolerance is > 0 and < 1, "tolerance", Tolerance, "above 0 and below 1")
        .Throw("The PBRF's");
}
