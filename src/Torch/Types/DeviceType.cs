namespace TorchSharp;

/// <summary>Kinds of devices, numbered as LibTorch's c10::DeviceType.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    HIP = 6,
    XLA = 9,
    MPS = 13,
    META = 14,
}
