using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Tensors over memory that someone else owns: what was read from a file enters an operator without being copied.</summary>
public static unsafe partial class HostView
{
    /// <summary>
    /// A tensor over float32 numbers, row-major, in the caller's dispose scope. Read only. TorchSharp has this for managed arrays alone
    /// (<c>frombuffer</c>), so the package's native function is called here.
    /// </summary>
    /// <param name="numbers">Mapped or pinned memory, which must stay where it is until the tensor and its views are disposed of.</param>
    /// <param name="shape">Its product is the number of elements.</param>
    /// <exception cref="ArgumentException">The numbers don't fill the shape.</exception>
    public static Tensor Of(ReadOnlySpan<float> numbers, params long[] shape)
    {
        if (shape.Aggregate(1L, (product, size) => checked(product * size)) != numbers.Length)
        {
            throw new ArgumentException($"{numbers.Length} elements do not fill the shape [{string.Join(", ", shape)}].", nameof(shape));
        }

        NativeEngine.Load();
        fixed (float* source = &MemoryMarshal.GetReference(numbers))
        fixed (long* sizes = shape)
        {
            var handle = TensorOver(source, &Keep, sizes, shape.Length, (sbyte)ScalarType.Float32, (sbyte)ScalarType.Float32, 0, -1, 0);
            return handle != 0 ? Tensor.UnsafeCreateTensor(handle) : throw new InvalidOperationException("LibTorch made no tensor of the memory.");
        }
    }

    // The memory is the caller's: nothing is freed with the tensor.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Keep(nint memory)
    {
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_new")]
    private static partial nint TensorOver(
        void* data, delegate* unmanaged[Cdecl]<nint, void> deleter, long* sizes, int dimensions, sbyte type, sbyte dtype, int deviceType, int deviceIndex,
        byte requiresGradient);
}
