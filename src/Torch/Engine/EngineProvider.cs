namespace Tda.Torch;

/// <summary>What differs between the two providers of the tensor API.</summary>
internal static class EngineProvider
{
#if TORCHSHARP_PACKAGE
    internal const string Name = "TorchSharp";

    internal static string Version => TorchSharp.torch.__version__;

    internal static string? Bridge => null;

    internal static string? AcceleratorFailure => null;
#else
    internal const string Name = "LibTorch";

    internal static string Version => Native.Bridge.Version;

    internal static string? Bridge => Native.BridgeLoader.LoadedFrom;

    internal static string? AcceleratorFailure => Native.BridgeLoader.AcceleratorFailure;
#endif
}
