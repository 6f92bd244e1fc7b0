using Tda.ProxyTrainer.Engine;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

/// <summary>TDA_LIBTORCH, in processes of their own: a LibTorch is loaded once.</summary>
public sealed class NativeEngineTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Load_FromAChosenFolder_ComputesWithTheLibTorchInIt()
    {
        foreach (var file in Directory.EnumerateFiles(NativeEngine.LibTorchFolder).Where(f => !f.EndsWith("libLibTorchSharp.so", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(_directory[Path.GetFileName(file)], file);
        }

        var result = await RunAsync(nameof(ChosenLibTorch.Product_OfTwoMatrices_IsRight));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public async Task Load_FromAnEmptyFolder_SaysWhatIsMissing()
    {
        var result = await RunAsync(nameof(ChosenLibTorch.Product_OfTwoMatrices_IsRight));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"TDA_LIBTORCH is {_directory.Path}, and there is no libc10.so in it", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_FromALibTorchThatDoesNotFit_NamesTheVersionThatDoes()
    {
        foreach (var file in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
        {
            // Libraries, but without LibTorch's symbols.
            File.CreateSymbolicLink(_directory[file], Directory.EnumerateFiles("/lib/x86_64-linux-gnu", "libm.so.6").Single());
        }

        var result = await RunAsync(nameof(ChosenLibTorch.Product_OfTwoMatrices_IsRight));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("It needs LibTorch 2.10", result.Output + result.Error, StringComparison.Ordinal);
    }

    private async Task<ProcessResult> RunAsync(string method)
    {
        await using var child = ChildProcess.StartManaged(
            "Tda.ProxyTrainer.Tests", ["-noLogo", "-noColor", "-explicit", "only", "-method", $"{typeof(ChosenLibTorch).FullName}.{method}"],
            new Dictionary<string, string?> { [NativeEngine.FolderVariable] = _directory.Path });
        return await child.ExitAsync(TimeSpan.FromMinutes(3));
    }
}

/// <summary>Run by <see cref="NativeEngineTests"/> in a process of their own.</summary>
public sealed class ChosenLibTorch
{
    [Fact(Explicit = true)]
    public void Product_OfTwoMatrices_IsRight()
    {
        NativeEngine.Load();
        using var scope = NewDisposeScope();

        var product = tensor(new[,] { { 1f, 2 }, { 3, 4 } }).mm(tensor(new[,] { { 1f }, { 10 } }));

        Assert.Equal([21f, 43], product.data<float>().ToArray());
        Assert.Equal(Environment.GetEnvironmentVariable(NativeEngine.FolderVariable), NativeEngine.LibTorchFolder);
        var mapped = File.ReadLines("/proc/self/maps").Where(line => line.Contains("libtorch_cpu.so", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]);
        Assert.Single(mapped.Distinct()); // and no second one
    }
}
