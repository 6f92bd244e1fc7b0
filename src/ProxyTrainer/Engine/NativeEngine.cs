using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Loads the native libraries: LibTorch as the package brings it, or, where TDA_LIBTORCH names a folder, the LibTorch in there (that of a
/// Python torch of the same version, with its GPU support). TorchSharp's own loader can't be told where LibTorch lies, so in the second
/// case its libraries are loaded here, and TorchSharp is told that they are.
/// </summary>
public static partial class NativeEngine
{
    /// <summary>The environment variable that names another folder with libtorch.so.</summary>
    public const string FolderVariable = "TDA_LIBTORCH";

    private const int Now = 2; // RTLD_NOW: every symbol must be there at once, not when it is called
    private const int NotLoading = 4; // RTLD_NOLOAD: only what is there already
    private const int Global = 0x100; // RTLD_GLOBAL
    private const string Bridge = "libLibTorchSharp.so";

    // In the order in which they need one another; those for GPUs may be missing.
    private static readonly (string File, bool Required)[] Libraries =
    [
        ("libc10.so", true), ("libtorch_cpu.so", true), ("libc10_cuda.so", false), ("libtorch_cuda.so", false), ("libtorch.so", true),
    ];

    private static readonly Lazy<string> Loaded = new(LoadOnce);

    private static readonly Lazy<nint> PackageBridge = new(
        () => NativeLibrary.TryLoad(Path.Combine(PackageFolder, Bridge), out var bridge) ? Guarded(bridge) : 0);

    /// <summary>The folder that LibTorch was loaded from.</summary>
    /// <exception cref="TdaException">It can't be loaded.</exception>
    public static string LibTorchFolder => Loaded.Value;

    /// <summary>Whether scalars live until native code has read them (<see cref="ScalarLifetime"/>).</summary>
    internal static bool ScalarsAreGuarded { get; private set; }

    /// <summary>Whether tensors do (<see cref="TensorLifetime"/>).</summary>
    internal static bool TensorsAreGuarded { get; private set; }

    /// <summary>Makes sure that the engine is there. Cheap when it is.</summary>
    /// <exception cref="TdaException">A library is missing or doesn't fit; the message names it and the remedy.</exception>
    public static void Load() => _ = Loaded.Value;

    // Before anything of TorchSharp runs; without the variable nothing native is loaded here, so that a process without tensors stays small.
#pragma warning disable CA2255 // a library's initialiser: TorchSharp would load its own LibTorch at the first tensor
    [ModuleInitializer]
    internal static void UseChosenFolder()
#pragma warning restore CA2255
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(FolderVariable)))
        {
            // Not every computation begins with Load, and the first native call is early enough. DeviceType, as
            // the class torch itself has thousands of members to load.
            NativeLibrary.SetDllImportResolver(typeof(DeviceType).Assembly, (name, _, _) => name == "LibTorchSharp" ? PackageBridge.Value : 0);
            return;
        }

        try
        {
            Load();
        }
        catch (TdaException)
        {
            // Whoever calls Load, as every verb does, gets it; thrown from here it would be wrapped in a TypeInitializationException.
        }
    }

    private static string LoadOnce()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            LoadFrom(folder);
            return Path.GetFullPath(folder);
        }

        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            _ = PackageBridge.Value;
        }
        catch (Exception error) when (error is NotSupportedException or DllNotFoundException or TypeInitializationException)
        {
            throw new TdaException(
                $"LibTorch can't be loaded: {Reason(Path.Combine(PackageFolder, Bridge))}. Build again on this machine (./tda does), or set "
                + $"{FolderVariable} to a folder with LibTorch {torch.__version__}.", error);
        }

        return PackageFolder;
    }

    private static string PackageFolder
    {
        get
        {
            var runtimes = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
            return Directory.Exists(runtimes) ? runtimes : AppContext.BaseDirectory.TrimEnd('/');
        }
    }

    private static void LoadFrom(string folder)
    {
        foreach (var (file, required) in Libraries)
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                if (required)
                {
                    throw new UsageException(
                        $"{FolderVariable} is {folder}, and there is no {file} in it: name the folder with libtorch.so, such as "
                        + "site-packages/torch/lib of a Python torch");
                }

                continue;
            }

            Open(path, folder);
            // TorchSharp's library asks for LibTorch by these names. Where the folder's files go by others inside, as in Debian's packages, it
            // would take the package's LibTorch beside the folder's, and two of them in one process crash it.
            if (DlOpen(file, Now | NotLoading) == 0)
            {
                throw Refusal(folder, $"{file} in it doesn't go by that name");
            }
        }

        var bridge = Guarded(Open(Path.Combine(PackageFolder, Bridge), folder));
        foreach (var name in (string[])["nativeBackendLoaded", "nativeBackendCudaLoaded"])
        {
            var field = typeof(torch).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)
                ?? throw new TdaException($"{FolderVariable} can't be used with this version of TorchSharp: it has no field {name}.");
            field.SetValue(null, true);
        }

        NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? bridge : 0);
    }

    private static nint Guarded(nint bridge)
    {
        ScalarsAreGuarded = ScalarLifetime.Guard(bridge);
        TensorsAreGuarded = TensorLifetime.Guard(bridge);
        return bridge;
    }

    private static nint Open(string path, string folder)
    {
        var handle = DlOpen(path, Now | Global);
        return handle != 0 ? handle : throw Refusal(folder, Error());
    }

    private static UsageException Refusal(string folder, string reason) => new(
        $"{FolderVariable} is {folder}, and TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)} can't run over the LibTorch in it: "
        + $"{reason}. It needs LibTorch {torch.__version__}; unset the variable to use the package's");

    /// <summary>Why the loader refuses a file; TorchSharp doesn't tell.</summary>
    private static string Reason(string path) =>
        !File.Exists(path) ? $"{path} is missing" : DlOpen(path, Now) == 0 ? Error() : "an unknown reason";

    private static string Error() => Marshal.PtrToStringUTF8(DlError()) ?? "an unknown reason";

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint DlError();
}
