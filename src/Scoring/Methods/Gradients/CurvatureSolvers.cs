using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>Builds solvers over the whole Gauss-Newton matrix from a context, λ included.</summary>
public static class CurvatureSolvers
{
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

    /// <summary>The exact inverse, for small models.</summary>
    public static ICurvatureSolver Explicit(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        DenseGaussNewton.Require(FlatVectors.Dimension(context.Capture.Model.Modules), options.Curvature.MaxDimension);
        using var scope = NewDisposeScope();
        var g = Operator(context, progress, cancellation);
        var matrix = DenseGaussNewton.Build(g, options.Curvature.MaxDimension, cancellation);
        var damping = options.Curvature.AbsoluteDamping ?? options.DampingFactor * matrix.trace().item<double>() / g.Dimension;
        return new ExplicitSolver(matrix, Positive(damping), g.Sequences, Modules(context));
    }

    /// <summary>Conjugate gradients without preconditioner.</summary>
    public static ICurvatureSolver Cg(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var g = Operator(context, progress, cancellation);
        return new ConjugateGradientSolver(g, Damping(g, options, context.Seed, cancellation), Modules(context), options.Curvature.Cg);
    }

    /// <summary>LiSSA.</summary>
    public static ICurvatureSolver Lissa(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var g = Operator(context, progress, cancellation);
        return new LissaSolver(g, Damping(g, options, context.Seed, cancellation), Modules(context), options.Curvature.Lissa, context.Seed);
    }

    /// <summary>The largest eigenpairs.</summary>
    public static ICurvatureSolver Arnoldi(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var g = Operator(context, progress, cancellation);
        var damping = Damping(g, options, context.Seed, cancellation);
        return new ArnoldiSolver(g, damping, Modules(context), options.Curvature.Arnoldi, context.Seed, cancellation);
    }

    /// <summary>ASTRA.</summary>
    public static ICurvatureSolver Astra(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var g = Operator(context, progress, cancellation);
        var damping = Damping(g, options, context.Seed, cancellation);
        var ekfac = Ekfac(context, damping, cancellation);
        return new AstraSolver(g, damping, Modules(context), Flat(ekfac), options.Curvature.Astra, context.Seed, ekfac);
    }

    /// <summary>ASTRA's conjugate gradients.</summary>
    public static ICurvatureSolver AstraCg(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var g = Operator(context, progress, cancellation);
        var damping = Damping(g, options, context.Seed, cancellation);
        var ekfac = Ekfac(context, damping, cancellation);
        return new ConjugateGradientSolver(g, damping, Modules(context), options.Curvature.AstraCg, Flat(ekfac), ekfac);
    }

    /// <summary>DataInf.</summary>
    public static ICurvatureSolver DataInf(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation) =>
        new DataInfSolver(
            context.Capture, context.Documents, options.DampingFactor, options.Curvature.AbsoluteDamping,
            Apart(context.Documents, progress), cancellation);

    /// <summary>A preconditioner by module as a function of flat vectors.</summary>
    public static Func<Tensor, Tensor> Flat(IPreconditioner preconditioner) => vectors =>
    {
        using var scope = NewDisposeScope();
        using var v = FlatVectors.Split(preconditioner.Modules, vectors, vectors.dtype);
        using var x = preconditioner.Apply(v);
        return FlatVectors.Join(x.Tensors).MoveToOuterDisposeScope();
    };

    // In float64 like the solvers' vectors; the factors are the context's or fitted anew.
    private static EkfacPreconditioner Ekfac(InfluenceContext context, double damping, CancellationToken cancellation)
    {
        using var fitted = context.Factors is null
            ? new EkfacFitter(context.Capture, new EkfacOptions()).Fit(context.Documents, cancellation: cancellation)
            : null;
        return new EkfacPreconditioner(
            context.Factors ?? fitted!, new Damping(Absolute: damping), ScalarType.Float64, context.Capture.Model.Device);
    }

    private static GaussNewtonOperator Operator(InfluenceContext context, IProgressSink progress, CancellationToken cancellation) =>
        new(context.Capture, context.Documents, Apart(context.Documents, progress), cancellation);

    private static Action<int> Apart(IRowSource documents, IProgressSink progress)
    {
        var named = new HashSet<int>();
        return d =>
        {
            if (named.Add(d))
            {
                progress.Message($"Document {documents.IdOf(d)} is left out of the curvature: its gradient is not finite.");
            }
        };
    }

    private static int Modules(InfluenceContext context) => context.Capture.Model.Modules.Count;

    private static double Positive(double damping) => damping > 0 && double.IsFinite(damping)
        ? damping
        : throw new TdaException($"the damping comes out as {damping}: no gradient reaches the tracked weights; give an absolute damping");
}
