using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Tda.Torch.Native;

/// <summary>Compiles bridge.cpp against one LibTorch, once: the result is cached under the hash of everything it depends on.</summary>
internal sealed class BridgeCompiler(LibTorchInstallation torch, string cacheDirectory, string compiler = "g++")
{
    private const string Resource = "bridge.cpp";

    /// <summary>The path of the compiled bridge, compiling it first when absent (about ten seconds).</summary>
    /// <exception cref="LibTorchException">The compiler is missing or fails.</exception>
    internal string Compile()
    {
        var source = Source();
        var target = Path.Combine(cacheDirectory, $"libtda-bridge-{Key(source)}.so");
        if (File.Exists(target))
            return target;
        Directory.CreateDirectory(cacheDirectory);

        // Processes started together would all compile: the first one does, the others wait for its result.
        using var turn = LockFile(Path.ChangeExtension(target, ".lock"));
        if (File.Exists(target))
            return target;
        var stem = Path.Combine(cacheDirectory, $"build-{Environment.ProcessId}");
        try
        {
            File.WriteAllText(stem + ".cpp", source);
            Run(Arguments(stem + ".cpp", stem + ".so"));
            File.Move(stem + ".so", target, overwrite: true);
        }
        finally
        {
            File.Delete(stem + ".cpp");
            File.Delete(stem + ".so");
        }
        return target;
    }

    internal static string Source()
    {
        using var stream = typeof(BridgeCompiler).Assembly.GetManifestResourceStream(Resource)
            ?? throw new LibTorchException($"{Resource} is not embedded in {typeof(BridgeCompiler).Assembly.GetName().Name}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The command line after the compiler's name.</summary>
    internal IReadOnlyList<string> Arguments(string source, string target) =>
    [
        "-O2", "-DNDEBUG", "-shared", "-fPIC", "-fvisibility=hidden", $"-std={Standard}", "-w",
        $"-D_GLIBCXX_USE_CXX11_ABI={(torch.Cxx11Abi ? 1 : 0)}",
        .. torch.IncludeDirectories.Where(d => d != "/usr/include").Select(d => "-I" + d),
        source, "-o", target,
        "-L" + torch.LibraryDirectory, "-Wl,-rpath," + torch.LibraryDirectory, "-ltorch", "-ltorch_cpu", "-lc10",
    ];

    /// <summary>LibTorch's headers need C++17 from 2.1 on and C++20 from 2.9 on.</summary>
    private string Standard => torch.Version >= new Version(2, 9) ? "c++20" : "c++17";

    private string Key(string source)
    {
        var identity = string.Join('\n', source, torch.Root, torch.LibraryDirectory, torch.Version, torch.Cxx11Abi, compiler);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..20];
    }

    private static FileStream LockFile(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                Thread.Sleep(100);
            }
        }
    }

    private void Run(IReadOnlyList<string> arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LibTorchException($"The C++ compiler {compiler} could not be started. {LibTorchInstallation.Remedy}", e);
        }
        using (process)
        {
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return;
            var first = errors.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Take(5);
            throw new LibTorchException(
                $"The bridge did not compile against LibTorch {torch.Version} at {torch.Root} "
                + $"({compiler} exit code {process.ExitCode}): {string.Join("; ", first)}. {LibTorchInstallation.Remedy}");
        }
    }
}
