using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class TensorFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-tensors-").FullName;

    public static TheoryData<ScalarType> Types => new(TensorTypes.ByName.Values);

    private string File => Path.Combine(_directory, "model.safetensors");

    [Theory]
    [MemberData(nameof(Types))]
    public void Save_ThenLoad_KeepsTypeShapeAndValues(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = tensor(new long[] { 0, 1, 2, 3, 100, 1 }, [2, 3]).to(type).to(TestDevices.Best);

        TensorFiles.Save(File, new Dictionary<string, Tensor> { ["x"] = x }, new Dictionary<string, string> { ["format"] = "pt" });
        var loaded = TensorFiles.Load(File)["x"];

        Assert.Equal(type, loaded.dtype);
        Assert.True(loaded.Equals(x.cpu()));
    }

    [Fact]
    public void Save_OfScalarsEmptyAndTransposedTensors_KeepsThem()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["scalar"] = tensor(1.5),
            ["empty"] = zeros(0, 4),
            ["transposed"] = arange(6).view(2, 3).t(),
            ["weights"] = randn(3, 3, requires_grad: true),
        };

        TensorFiles.Save(File, tensors);
        var loaded = TensorFiles.Load(File);

        Assert.All(tensors, pair => Assert.True(loaded[pair.Key].Equals(pair.Value), pair.Key));
        Assert.Empty(loaded["scalar"].shape);
        Assert.False(loaded["weights"].requires_grad);
    }

    [Fact]
    public void Load_OfATruncatedFile_NamesIt()
    {
        using var scope = NewDisposeScope();
        TensorFiles.Save(File, new Dictionary<string, Tensor> { ["x"] = zeros(100) });
        using (var stream = new FileStream(File, FileMode.Open))
        {
            stream.SetLength(stream.Length - 4);
        }

        var error = Assert.Throws<BadInputException>(() => TensorFiles.Load(File));

        Assert.Contains(File, error.Message);
        Assert.Equal(3, error.ExitCode);
    }

    [Fact]
    public void Load_OfAMissingFile_NamesIt()
    {
        var error = Assert.Throws<BadInputException>(() => TensorFiles.Load(File));

        Assert.Contains(File, error.Message);
    }

    [Fact]
    public void Load_LeavesTheFileUnmapped_SoThatItCanBeReplaced()
    {
        using var scope = NewDisposeScope();
        TensorFiles.Save(File, new Dictionary<string, Tensor> { ["x"] = ones(3) });
        var first = TensorFiles.Load(File)["x"];

        TensorFiles.Save(File, new Dictionary<string, Tensor> { ["x"] = zeros(3) });

        Assert.Equal(3, first.sum().item<float>());
        Assert.Equal(0, TensorFiles.Load(File)["x"].sum().item<float>());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
