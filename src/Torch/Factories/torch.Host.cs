using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor with a .NET array's shape and, unless said otherwise, element type. The elements are copied once.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var shape = new long[rawArray.Rank];
        for (var d = 0; d < shape.Length; d++)
            shape[d] = rawArray.GetLongLength(d);
        var elements = ScalarTypeOf(rawArray.GetType().GetElementType()!);
        ref var first = ref MemoryMarshal.GetArrayDataReference(rawArray);
        return FromHost(ref first, shape, elements, dtype, device, requires_grad, names);
    }

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        dtype is null && device is null ? data.alias() : data.to(dtype ?? data.dtype, device ?? data.device);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    /// <summary>One copy from managed memory to the device; a change of element type is a second step there.</summary>
    private static Tensor FromHost<T>(
        ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
        where T : unmanaged
    {
        long count = 1;
        foreach (var size in shape)
            count *= size;
        if (count != elements.Length)
            throw new ArgumentException($"{elements.Length} elements do not fill the shape [{string.Join(", ", shape.ToArray())}].");
        ref var first = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements));
        return FromHost(ref first, shape, ScalarTypeOf(typeof(T)), dtype, device, requires_grad, names);
    }

    private static Tensor FromHost(
        ref byte first, ReadOnlySpan<long> shape, ScalarType elements,
        ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        var result = CopyFromHost(ref first, shape, elements, device ?? CPU);
        if (dtype is { } wanted && wanted != elements)
            result = result.to(wanted, disposeAfter: true);
        return Made(result, requires_grad, names);
    }

    /// <summary>A tensor of row-major bytes in host memory, which need not be managed: a mapped file, for example.</summary>
    internal static unsafe Tensor CopyFromHost(ref byte first, ReadOnlySpan<long> shape, ScalarType elements, Device device)
    {
        long result;
        fixed (byte* source = &first)
        fixed (long* sizes = shape)
            Bridge.Check(Bridge.tda_from_host(source, sizes, shape.Length, (int)elements, (int)device.type, device.index, &result));
        return new Tensor(result);
    }
}
