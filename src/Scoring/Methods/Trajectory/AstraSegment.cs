using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// Source's segment with ASTRA (2507.14740) in the place of the EK-FAC basis: <c>F(G)v ≈ (G + λI)⁻¹v</c>, which F tends to at both ends
/// with λ = 1/(ηK), G the mean of the checkpoints' Gauss-Newton matrices; the step back stays <c>e^{−ηKσ}</c> in the EK-FAC basis. The
/// segment's models are open while it solves.
/// </summary>
/// <param name="setup">What G is a mean over, how ASTRA iterates, and who is told of queries that didn't converge.</param>
/// <param name="segment">The stretch: its checkpoints and ηK.</param>
/// <param name="factors">Its factors; they are copied.</param>
internal sealed class AstraSegment(MethodSetup setup, Segment segment, EkfacFactors factors) : ISegmentOperator
{
    private readonly EkfacSegment _ekfac = new(factors, segment.Rate, setup.Model.DType, setup.Model.Device);
    private readonly EkfacPreconditioner _preconditioner =
        new(factors, new Damping(Absolute: 1 / segment.Rate), ScalarType.Float64, setup.Model.Device);

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = Source.Entry(
        "astra-source", MethodNeeds.None, "Source with each segment's inverse iterated by ASTRA",
        (setup, segment, factors) => new AstraSegment(setup, segment, factors));

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _preconditioner.Damping;

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var opened = new Owned();
        var options = setup.Options.Curvature.Astra;
        var g = new MeanCurvature([.. segment.Points.Select(
            point => new GaussNewtonOperator(opened.Add(point.Open()).Capture, setup.Context.Documents, null, cancellation))]);
        using var solver = new AstraSolver(g, 1 / segment.Rate, SolverSetup.Flat(_preconditioner), options, setup.Context.Seed);
        var result = solver.Solve(FlatVectors.Join(query.Tensors).to_type(ScalarType.Float64), cancellation);
        var failed = result.Converged.Count(c => !c);
        if (failed > 0)
        {
            setup.Progress.Message(string.Create(
                CultureInfo.InvariantCulture,
                $"astra-source: {failed} of {result.Converged.Count} targets keep a residual above {options.Tolerance} "
                + $"(largest {result.Residuals.Max():g2})."));
        }

        return FlatVectors.Split(setup.Model.Modules, result.Solutions, setup.Model.DType);
    }

    /// <inheritdoc/>
    public ModuleGradients StepBack(ModuleGradients query) => _ekfac.StepBack(query);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ekfac.Dispose();
        _preconditioner.Dispose();
    }
}

/// <summary>The mean of several checkpoints' curvatures over the same documents.</summary>
internal sealed class MeanCurvature(IReadOnlyList<ICurvatureOperator> parts) : ICurvatureOperator
{
    /// <inheritdoc/>
    public long Dimension => parts[0].Dimension;

    /// <summary>The fewest of any: a document may be finite at one checkpoint and not at another.</summary>
    public int Sequences { get; } = parts.Min(p => p.Sequences);

    /// <inheritdoc/>
    public Device Device => parts[0].Device;

    /// <inheritdoc/>
    public Tensor Multiply(Tensor vectors, IReadOnlyList<int>? sequences = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var sum = parts.Select(p => p.Multiply(vectors, sequences, cancellation)).Aggregate((x, y) => x.add(y));
        return sum.div(parts.Count).MoveToOuterDisposeScope();
    }
}
