using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class MuonTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(12, 30)]
    [InlineData(30, 12)]
    [InlineData(20, 20)]
    public void Orthogonalize_AnyMatrix_HasSingularValuesNearOne(long rows, long columns)
    {
        var random = new Random(3);
        var matrix = tensor([.. Enumerable.Range(0, (int)(rows * columns)).Select(_ => random.NextDouble() - 0.5)], [rows, columns]);
        (var u, _, var vh) = linalg.svd(matrix, fullMatrices: false);
        var result = Muon.Orthogonalize(matrix);
        var values = TinyModels.Values(linalg.svdvals(result));
        Assert.All(values[..^1], value => Assert.InRange(value, 0.6, 1.3));
        // The singular vectors stay: against the exact polar factor UVᵀ the angle is small.
        var cosine = result.mul(u.mm(vh)).sum().item<double>() / (TinyModels.Values(result.norm())[0] * Math.Sqrt(Math.Min(rows, columns)));
        Assert.True(cosine > 0.97, $"cosine {cosine}");
    }

    [Fact]
    public void Step_Always_MovesBlocksByMuonAndTheRestByAdamW()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        using var other = model.Clone();
        using var before = model.Clone();
        using var muon = new Muon(FlatWeights.Of(model), new AdamW(FlatWeights.Of(model), start: model.BlockMatrixCount), rateRatio: 2, momentum: 0.9);
        using var adam = new AdamW(FlatWeights.Of(other));
        var gradient = model.Flat.mul(0.3).add(0.01).detach();
        muon.Step(gradient, 0.01);
        adam.Step(gradient, 0.01);
        var blocks = (int)model.BlockMatrixCount;
        Assert.Equal(TinyModels.Values(other.Flat)[blocks..], TinyModels.Values(model.Flat)[blocks..]);
        var down = model.Parameters.Single(p => p.Name == "model.layers.0.mlp.gate_proj.weight"); // (24, 16)
        var expected = Muon.Orthogonalize(gradient.narrow(0, down.Offset, down.Tensor.numel()).view(down.Tensor.shape)).mul(-0.02 * Math.Sqrt(1.5));
        var moved = (model.Flat - before.Flat).narrow(0, down.Offset, down.Tensor.numel()).view(down.Tensor.shape);
        TinyModels.AssertClose(TinyModels.Values(expected), TinyModels.Values(moved), 1e-6); // scale doesn't matter on the first step
        Assert.True(blocks > 0 && blocks < model.MatrixCount);
    }
}
