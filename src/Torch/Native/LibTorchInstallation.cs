using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Tda.Torch.Native;

/// <summary>Where LibTorch is: headers, libraries, version, and the C++ ABI it was compiled with.</summary>
internal sealed partial record LibTorchInstallation(
    string Root, IReadOnlyList<string> IncludeDirectories, string LibraryDirectory, Version Version, bool Cxx11Abi)
{
    internal const string Variable = "LIBTORCH";
    internal const string Remedy =
        "Install it (Debian: apt-get install g++ libtorch-dev libopenblas0-openmp), or set LIBTORCH to an unpacked LibTorch "
        + "or to the torch folder inside a Python environment.";

    private static readonly string[] DebianLibraryDirectories =
    [
        $"/usr/lib/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
    ];

    /// <summary>Libraries with the GPU's kernels. Nothing calls them by name: loading them registers the kernels.</summary>
    internal IEnumerable<string> AcceleratorLibraries =>
        new[] { "libtorch_cuda.so", "libtorch_hip.so" }.Select(name => Path.Combine(LibraryDirectory, name)).Where(File.Exists);

    /// <summary>Finds the LibTorch named by <c>LIBTORCH</c>, or else Debian's.</summary>
    /// <exception cref="LibTorchException">There is none, or it lacks headers or libraries.</exception>
    internal static LibTorchInstallation Find(string? named)
    {
        if (string.IsNullOrEmpty(named))
            return DebianLibraryDirectories.Any(d => File.Exists(Path.Combine(d, "libtorch_cpu.so")))
                ? Describe("/usr", "/usr/include", DebianLibraryDirectories.First(d => File.Exists(Path.Combine(d, "libtorch_cpu.so"))))
                : throw new LibTorchException($"LibTorch was not found. {Remedy}");
        var root = Path.GetFullPath(named);
        if (!Directory.Exists(root))
            throw new LibTorchException($"{Variable} names {root}, which does not exist. {Remedy}");
        return Describe(root, Path.Combine(root, "include"), Path.Combine(root, "lib"));
    }

    private static LibTorchInstallation Describe(string root, string include, string library)
    {
        var api = Path.Combine(include, "torch", "csrc", "api", "include");
        var missing = new[]
        {
            Path.Combine(api, "torch", "version.h"), Path.Combine(include, "ATen", "ATen.h"),
            Path.Combine(library, "libtorch_cpu.so"), Path.Combine(library, "libc10.so"),
        }.Where(path => !File.Exists(path)).ToArray();
        if (missing.Length > 0)
            throw new LibTorchException($"LibTorch at {root} is incomplete: {string.Join(", ", missing)} missing. {Remedy}");

        var version = VersionIn(File.ReadAllText(Path.Combine(api, "torch", "version.h")))
            ?? throw new LibTorchException($"LibTorch at {root} does not state its version in torch/version.h. {Remedy}");
        return new LibTorchInstallation(root, [include, api], library, version, UsesCxx11Abi(Path.Combine(library, "libc10.so")));
    }

    /// <summary>major.minor.patch as torch/version.h defines them; null where it does not.</summary>
    internal static Version? VersionIn(string header)
    {
        var numbers = VersionPattern().Matches(header).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        return numbers.TryGetValue("MAJOR", out var major) && numbers.TryGetValue("MINOR", out var minor)
            ? System.Version.Parse($"{major}.{minor}.{numbers.GetValueOrDefault("PATCH", "0")}")
            : null;
    }

    /// <summary>
    /// Older wheels were compiled with the pre-2011 std::string, whose mangled name is Ss: linking against them with the
    /// other ABI fails on undefined symbols, so the flag is read off a symbol that every version exports.
    /// </summary>
    private static bool UsesCxx11Abi(string library) =>
        File.ReadAllBytes(library).AsSpan().IndexOf("14torchCheckFailEPKcS2_jRKSs"u8) < 0;

    [GeneratedRegex(@"#define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)")]
    private static partial Regex VersionPattern();
}
