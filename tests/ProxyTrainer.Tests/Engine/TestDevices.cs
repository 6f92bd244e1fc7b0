using TorchSharp;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

/// <summary>Where device-agnostic tests run: the GPU if there is one, since the CPU is covered by all the others.</summary>
internal static class TestDevices
{
    internal static Device Best { get; } = cuda.is_available() ? new Device(DeviceType.CUDA, 0) : CPU;
}
