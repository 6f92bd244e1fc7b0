using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Tda.Torch.Native;

/// <summary>Loads the bridge: the prebuilt one named by <c>TDA_BRIDGE</c>, or one compiled here and cached.</summary>
internal static unsafe class BridgeLoader
{
    internal const string Variable = "TDA_BRIDGE";

    private static readonly Lock Gate = new();
    private static nint _library;
    private static ExceptionDispatchInfo? _failure;

    /// <summary>The file the bridge was loaded from, once it is loaded.</summary>
    internal static string? LoadedFrom { get; private set; }

    /// <summary>Why the GPU's libraries were found but could not be loaded; null when they were, or when there are none.</summary>
    internal static string? AcceleratorFailure { get; private set; }

    internal static string CacheDirectory
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache))
                cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "tda", "bridge");
        }
    }

    /// <summary>Loads it once; a failure is kept, so that every later call reports the same cause.</summary>
    /// <exception cref="LibTorchException">LibTorch or the bridge is missing or broken.</exception>
    internal static nint Load()
    {
        lock (Gate)
        {
            _failure?.Throw();
            if (_library != 0)
                return _library;
            try
            {
                return _library = LoadFirst();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                throw;
            }
        }
    }

    private static nint LoadFirst()
    {
        var prebuilt = Environment.GetEnvironmentVariable(Variable);
        var named = Environment.GetEnvironmentVariable(LibTorchInstallation.Variable);
        if (!string.IsNullOrEmpty(prebuilt) && string.IsNullOrEmpty(named))
            return Open(prebuilt);
        var torch = LibTorchInstallation.Find(named);
        var bridge = string.IsNullOrEmpty(prebuilt) ? new BridgeCompiler(torch, CacheDirectory).Compile() : prebuilt;
        var library = Open(bridge);
        foreach (var accelerator in torch.AcceleratorLibraries)
        {
            // A CUDA build also runs where the GPU's driver is missing, on the CPU: remember why, and go on.
            if (!NativeLibrary.TryLoad(accelerator, out _))
                AcceleratorFailure = $"{accelerator} was found but could not be loaded.";
        }
        return library;
    }

    private static nint Open(string path)
    {
        nint library;
        BlasKernels.Choose();
        try
        {
            library = NativeLibrary.Load(Path.GetFullPath(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new LibTorchException($"The bridge {path} could not be loaded: {e.Message.Trim()} {LibTorchInstallation.Remedy}", e);
        }
        if (!NativeLibrary.TryGetExport(library, "tda_abi", out var abi))
            throw new LibTorchException($"{path} is not a Tda bridge: it does not export tda_abi.");
        var version = ((delegate* unmanaged<int>)abi)();
        if (version != Bridge.Abi)
            throw new LibTorchException(
                $"The bridge {path} speaks version {version}, this program version {Bridge.Abi}: compile it anew, or unset {Variable}.");
        LoadedFrom = path;
        return library;
    }
}
