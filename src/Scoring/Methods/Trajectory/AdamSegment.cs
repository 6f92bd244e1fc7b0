namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// A stretch of Adam. With P = 1/(√v̂ + ε) the steps are <c>δ ← (I − ηPG)δ − ηP∇loss/N</c>, which add up to <c>(I − e^{−ηKPG})G⁻¹</c>. The
/// exponential is taken on the diagonal <c>P_i G_ii</c>, G_ii from the EK-FAC factors (<c>Q_S² Λ Q_A²ᵀ</c>); the damped EK-FAC inverse
/// comes after. On the query: <c>w = (G + λI)⁻¹[(1 − e^{−ηKPG}) ⊙ v]</c>, and back <c>v ← e^{−ηKPG} ⊙ v</c>. Exact where G is diagonal.
/// </summary>
public sealed class AdamSegment : ISegmentOperator
{
    private readonly EkfacPreconditioner _inverse;
    private readonly Tensor[] _decay;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = Source.Entry(
        "source-adam", MethodNeeds.SecondMoments, "Source under Adam's preconditioner", (setup, segment, factors) =>
        {
            using var moments = SecondMoments(segment);
            var (model, options) = (setup.Model, setup.Options);
            return new AdamSegment(
                factors, moments, segment.Rate, options.Source.AdamEpsilon, options.Damping, model.DType, model.Device);
        });

    /// <summary>Copies what it needs.</summary>
    /// <param name="factors">Of the segment.</param>
    /// <param name="secondMoments">v̂, mean over the segment's checkpoints, (1, out, columns) a module.</param>
    /// <param name="rate">ηK.</param>
    /// <param name="epsilon">Adam's ε.</param>
    /// <param name="damping">λ of the inverse.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    public AdamSegment(
        EkfacFactors factors, ModuleGradients secondMoments, double rate, double epsilon, Damping damping, ScalarType dtype, Device device)
    {
        _inverse = new EkfacPreconditioner(factors, damping, dtype, device);
        using var scope = NewDisposeScope();
        _decay = [.. factors.Factors.Select((f, m) =>
        {
            var (qa, lambda) = (f.ActivationEigenvectors.to_type(ScalarType.Float64), f.Lambda.to_type(ScalarType.Float64));
            var rows = f.GradientEigenvectors is { } qs ? qs.to_type(ScalarType.Float64).square().matmul(lambda) : lambda;
            var diagonal = rows.matmul(qa.mul(qa).transpose(0, 1));
            var preconditioner = secondMoments.Tensors[m].select(0, 0).to_type(ScalarType.Float64).to(diagonal.device)
                .sqrt().add(epsilon).reciprocal();
            return diagonal.mul(preconditioner).mul(-rate).exp().to(device).to_type(dtype).clone().DetachFromDisposeScope();
        })];
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _inverse.Damping;

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default)
    {
        using var ended = query.Map((m, v) => v.sub(v.mul(_decay[m])));
        return _inverse.Apply(ended);
    }

    /// <inheritdoc/>
    public ModuleGradients StepBack(ModuleGradients query) => query.Map((m, v) => v.mul(_decay[m]));

    /// <inheritdoc/>
    public void Dispose() => _decay.Append<IDisposable>(_inverse).DisposeAll();

    // Mean over the segment's checkpoints, which all have them.
    private static ModuleGradients SecondMoments(Segment segment)
    {
        var sum = segment.Points[0].SecondMoments!();
        foreach (var point in segment.Points.Skip(1))
        {
            using var more = point.SecondMoments!();
            for (var m = 0; m < sum.Modules.Count; m++)
            {
                sum.Tensors[m].add_(more.Tensors[m]);
            }
        }
        foreach (var t in sum.Tensors)
        {
            t.div_(segment.Points.Count);
        }

        return sum;
    }
}
