using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// TrackStar's features: every row's full gradient over the root of Adam's second moments, then projected from both sides. Without
/// second moments it is LoGra's projection. Owns its copy of the moments.
/// </summary>
internal sealed class AdamNormalised : IDisposable
{
    private const double Epsilon = 1e-8;
    private const long ChunkElements = 1L << 24;
    private readonly Projector _projector;
    private readonly Tensor[]? _inverseRoots;

    public AdamNormalised(Projector projector, ModuleGradients? secondMoments, ScalarType dtype, Device device)
    {
        _projector = projector;
        using var scope = NewDisposeScope();
        _inverseRoots = secondMoments?.Tensors.Select(v =>
            v.select(0, 0).to_type(ScalarType.Float64).sqrt().add(Epsilon).reciprocal()
                .to(device).to_type(dtype).DetachFromDisposeScope()).ToArray();
    }

    public Tensor Project(CapturedBatch batch) => _inverseRoots is null
        ? _projector.Project(batch)
        : cat([.. _projector.Projections.Select((p, m) =>
    {
        var parts = new List<Tensor>();
        PerExample.ForChunks(batch.OutputGradients[m], batch.Activations[m], ChunkElements, (_, g) =>
            parts.Add(p.Output.matmul(g.mul(_inverseRoots[m])).matmul(p.Input.transpose(0, 1)).flatten(1).MoveToOuterDisposeScope()));
        return cat([.. parts], 0);
    })], 1);

    public void Dispose()
    {
        foreach (var t in _inverseRoots ?? [])
        {
            t.Dispose();
        }
    }
}
