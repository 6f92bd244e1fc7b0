using System.Diagnostics;
using Tda.Torch.Native;

namespace Tda.Torch.Tests.Native;

public sealed class LoaderTests
{
    [Fact]
    public void Find_OfAMissingDirectory_NamesTheRemedy()
    {
        var error = Assert.Throws<LibTorchException>(() => LibTorchInstallation.Find("/nonexistent"));

        Assert.Contains("/nonexistent", error.Message);
        Assert.Contains("apt-get install g++ libtorch-dev libopenblas0-openmp", error.Message);
        Assert.Equal(1, error.ExitCode);
    }

    [Fact]
    public void Find_OfAnEmptyDirectory_NamesWhatIsMissing()
    {
        var directory = Directory.CreateTempSubdirectory("tda-libtorch-");

        var error = Assert.Throws<LibTorchException>(() => LibTorchInstallation.Find(directory.FullName));

        Assert.Contains("libtorch_cpu.so", error.Message);
        directory.Delete();
    }

    [Fact]
    public void Compile_WithoutACompiler_NamesTheRemedy()
    {
        var cache = Directory.CreateTempSubdirectory("tda-bridge-");
        var compiler = new BridgeCompiler(LibTorchInstallation.Find(Installed), cache.FullName, "no-such-compiler");

        var error = Assert.Throws<LibTorchException>(compiler.Compile);

        Assert.Contains("no-such-compiler", error.Message);
        Assert.Contains("apt-get install g++", error.Message);
        Assert.DoesNotContain(Directory.GetFiles(cache.FullName), file => file.EndsWith(".so", StringComparison.Ordinal));
        cache.Delete(recursive: true);
    }

    [Fact]
    public void Compile_WithACompilerThatFails_LeavesNothingAndReportsIt()
    {
        var cache = Directory.CreateTempSubdirectory("tda-bridge-");
        var compiler = new BridgeCompiler(LibTorchInstallation.Find(Installed), cache.FullName, "false");

        var error = Assert.Throws<LibTorchException>(compiler.Compile);

        Assert.Contains("exit code 1", error.Message);
        Assert.DoesNotContain(Directory.GetFiles(cache.FullName), file => !file.EndsWith(".lock", StringComparison.Ordinal));
        cache.Delete(recursive: true);
    }

    [Fact]
    public void Arguments_ForAnOlderWheel_UseItsAbiAndRunPath()
    {
        var wheel = new LibTorchInstallation("/w", ["/w/include"], "/w/lib", new Version(2, 1, 0), Cxx11Abi: false);

        var arguments = new BridgeCompiler(wheel, "/cache").Arguments("a.cpp", "a.so");

        Assert.Contains("-D_GLIBCXX_USE_CXX11_ABI=0", arguments);
        Assert.Contains("-Wl,-rpath,/w/lib", arguments);
        Assert.Contains("-std=c++17", arguments);
    }

    /// <summary>LibTorch writes the whole version on a line of its own after the name; only the parts are on theirs.</summary>
    [Fact]
    public void VersionIn_OfAHeader_ReadsTheParts()
    {
        const string Header = """
            #define TORCH_VERSION_MAJOR 2
            #define TORCH_VERSION_MINOR 6
            #define TORCH_VERSION_PATCH 1
            #define TORCH_VERSION \
              "2.6.1"
            """;

        Assert.Equal(new Version(2, 6, 1), LibTorchInstallation.VersionIn(Header));
        Assert.Null(LibTorchInstallation.VersionIn("#pragma once"));
    }

    [Fact]
    public async Task Process_WithAMissingLibTorch_EndsWithTheRemedyAndNoCrash()
    {
        var (exit, output) = await Probe(("LIBTORCH", "/nonexistent"), ("TDA_BRIDGE", ""));

        Assert.Contains("LIBTORCH names /nonexistent, which does not exist", output);
        Assert.Contains("apt-get install", output);
        Assert.Equal(1, exit);
    }

    [Fact]
    public async Task Process_WithABrokenBridge_NamesIt()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "not a library");

        var (exit, output) = await Probe(("TDA_BRIDGE", file));

        Assert.Contains(file, output);
        Assert.Equal(1, exit);
        File.Delete(file);
    }

    private static string? Installed => Environment.GetEnvironmentVariable(LibTorchInstallation.Variable);

    /// <summary>Runs this assembly's <see cref="LoaderProbe"/> in a process of its own, since a library is loaded but once.</summary>
    private static async Task<(int Exit, string Output)> Probe(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(LoaderProbe).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
