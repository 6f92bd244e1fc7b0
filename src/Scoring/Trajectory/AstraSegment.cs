using System.Globalization;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Curvature.Solvers;
using Tda.Scoring.Methods;
using static TorchSharp.torch;

namespace Tda.Scoring.Trajectory;

/// <summary>
/// Source's segment with ASTRA (2507.14740) in the place of the EK-FAC basis: <c>F(G)v ≈ (G + λI)⁻¹v</c>, which F tends to at both ends
/// with λ = 1/(ηK), G the mean of the checkpoints' Gauss-Newton matrices; the step back stays <c>e^{−ηKσ}</c> in the EK-FAC basis. The
/// segment's models are open while it solves.
/// </summary>
public sealed class AstraSegment : ISegmentOperator
{
    private readonly Segment segment;
    private readonly IRowSource documents;
    private readonly AstraOptions options;
    private readonly ICaptureModel model;
    private readonly long seed;
    private readonly IProgressSink progress;
    private readonly EkfacSegment ekfac;
    private readonly EkfacPreconditioner preconditioner;
    private readonly double damping;

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
        (this.segment, this.documents, this.options, this.model, this.seed, this.progress) = (segment, documents, options, model, seed, progress);
        damping = 1 / segment.Rate;
        ekfac = new EkfacSegment(factors, segment.Rate, model.DType, model.Device);
        preconditioner = new EkfacPreconditioner(factors, new Damping(Absolute: damping), ScalarType.Float64, model.Device);
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => preconditioner.Damping;

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var opened = new List<OpenedCapture>();
        try
        {
            foreach (var point in segment.Points)
            {
                opened.Add(point.Open());
            }

            var g = new MeanCurvature([.. opened.Select(o => new GaussNewtonOperator(o.Capture, documents, null, cancellation))]);
            using var solver = new AstraSolver(g, damping, model.Modules.Count, CurvatureSolvers.Flat(preconditioner), options, seed);
            var result = solver.Solve(FlatVectors.Join(query.Tensors).to_type(ScalarType.Float64), cancellation);
            var failed = result.Converged.Count(c => !c);
            if (failed > 0)
            {
                progress.Message(string.Create(
                    CultureInfo.InvariantCulture,
                    $"astra-source: {failed} of {result.Converged.Count} targets keep a residual above {options.Tolerance} (largest {result.Residuals.Max():g2})."));
            }

            return FlatVectors.Split(model.Modules, result.Solutions, model.DType);
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
    public ModuleGradients StepBack(ModuleGradients query) => ekfac.StepBack(query);

    /// <inheritdoc/>
    public void Dispose()
    {
        ekfac.Dispose();
        preconditioner.Dispose();
    }
}
