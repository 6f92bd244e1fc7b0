using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// Source's segment with ASTRA (2507.14740) in the place of the EK-FAC basis: <c>F(G)v ≈ (G + λI)⁻¹v</c>, which F tends to at both ends
/// with λ = 1/(ηK), G the mean of the checkpoints' Gauss-Newton matrices; the step back stays <c>e^{−ηKσ}</c> in the EK-FAC basis. The
/// segment's models are open while it solves.
/// </summary>
public sealed class AstraSegment : ISegmentOperator
{
    private readonly Segment _segment;
    private readonly IRowSource _documents;
    private readonly AstraOptions _options;
    private readonly ICaptureModel _model;
    private readonly long _seed;
    private readonly IProgressSink _progress;
    private readonly EkfacSegment _ekfac;
    private readonly EkfacPreconditioner _preconditioner;
    private readonly double _damping;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "astra-source",
        Family = MethodFamily.Trajectory,
        Summary = "Source with each segment's inverse iterated by ASTRA",
        Needs = MethodNeeds.Checkpoints,
        Create = (context, options, progress, cancellation) =>
            Source.Build("astra-source", context, options, progress, cancellation, (segment, factors) => new AstraSegment(
                segment, factors, context.Documents, options.Curvature.Astra, context.Capture.Model, context.Seed, progress)),
    };

    /// <summary>Copies of the factors; they may be disposed of afterwards.</summary>
    /// <param name="segment">The stretch: its checkpoints and ηK.</param>
    /// <param name="factors">Its factors.</param>
    /// <param name="documents">What G is a mean over.</param>
    /// <param name="options">How ASTRA iterates.</param>
    /// <param name="model">Type and device of the directions.</param>
    /// <param name="seed">Seed of the mini-batches.</param>
    /// <param name="progress">Told of queries that didn't converge.</param>
    public AstraSegment(
        Segment segment, EkfacFactors factors, IRowSource documents, AstraOptions options, ICaptureModel model, long seed, IProgressSink progress)
    {
        (_segment, _documents, _options, _model, _seed, _progress) = (segment, documents, options, model, seed, progress);
        _damping = 1 / segment.Rate;
        _ekfac = new EkfacSegment(factors, segment.Rate, model.DType, model.Device);
        _preconditioner = new EkfacPreconditioner(factors, new Damping(Absolute: _damping), ScalarType.Float64, model.Device);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _preconditioner.Damping;

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var opened = new List<OpenedCapture>();
        try
        {
            foreach (var point in _segment.Points)
            {
                opened.Add(point.Open());
            }

            var g = new MeanCurvature([.. opened.Select(o => new GaussNewtonOperator(o.Capture, _documents, null, cancellation))]);
            using var solver = new AstraSolver(g, _damping, _model.Modules.Count, SolverSetup.Flat(_preconditioner), _options, _seed);
            var result = solver.Solve(FlatVectors.Join(query.Tensors).to_type(ScalarType.Float64), cancellation);
            var failed = result.Converged.Count(c => !c);
            if (failed > 0)
            {
                _progress.Message(string.Create(
                    CultureInfo.InvariantCulture,
                    $"astra-source: {failed} of {result.Converged.Count} targets keep a residual above {_options.Tolerance} (largest {result.Residuals.Max():g2})."));
            }

            return FlatVectors.Split(_model.Modules, result.Solutions, _model.DType);
        }
        finally
        {
            foreach (var o in opened)
            {
                o.Dispose();
            }
        }
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
