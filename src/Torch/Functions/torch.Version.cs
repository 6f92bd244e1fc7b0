using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of LibTorch.</summary>
    public static string __version__ => Bridge.Version;
}
