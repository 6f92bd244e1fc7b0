using System.Collections;
using System.Runtime.InteropServices;

namespace TorchSharp.Utils;

/// <summary>
/// Reads and writes a CPU tensor's elements in place, in row-major order whatever the strides. A tensor of another
/// device is copied to the CPU first, so that writing changes the copy only.
/// </summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;
    private readonly bool _owned;

    internal TensorAccessor(torch.Tensor tensor, bool owned = false)
    {
        _tensor = tensor;
        _owned = owned;
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    public long Count { get; }

    /// <summary>The element at a position: one number counts in row-major order, more are one per dimension.</summary>
    public unsafe T this[params long[] indices]
    {
        get => *Locate(indices);
        set => *Locate(indices) = value;
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    /// <summary>A rectangular array with the tensor's shape; one element in one dimension for a scalar.</summary>
    public Array ToNDArray()
    {
        if (_shape.Length < 2)
            return ToArray();
        var result = Array.CreateInstance(typeof(T), _shape);
        CopyTo(MemoryMarshal.CreateSpan(ref Unsafe<T>(result), checked((int)Count)));
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies from row-major position <paramref name="tensorIndex"/> on, as much as fits.</summary>
    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (_contiguous)
            new ReadOnlySpan<T>(Data + tensorIndex, count).CopyTo(target);
        else
            for (var i = 0; i < count; i++)
                target[i] = Data[OffsetOf(tensorIndex + i)];
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var count = (int)Math.Min(source.Length, Count - tensorIndex);
        if (_contiguous)
            source[..count].CopyTo(new Span<T>(Data + tensorIndex, count));
        else
            for (var i = 0; i < count; i++)
                Data[OffsetOf(tensorIndex + i)] = source[i];
        GC.KeepAlive(_tensor);
    }

    /// <summary>Frees the CPU copy, if one was made.</summary>
    public void Dispose()
    {
        if (_owned)
            _tensor.Dispose();
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private unsafe T* Data => (T*)_tensor.DataPointer;

    private static ref TElement Unsafe<TElement>(Array array) =>
        ref System.Runtime.CompilerServices.Unsafe.As<byte, TElement>(ref MemoryMarshal.GetArrayDataReference(array));

    private unsafe T* Locate(long[] indices)
    {
        if (indices.Length == 1)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(indices[0]);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[0], Count);
            return Data + OffsetOf(indices[0]);
        }
        if (indices.Length != _shape.Length)
            throw new ArgumentException($"{indices.Length} indices for a tensor of {_shape.Length} dimensions.");
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(indices[d]);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[d], _shape[d]);
            offset += indices[d] * _strides[d];
        }
        return Data + offset;
    }

    private long OffsetOf(long position)
    {
        if (_contiguous)
            return position;
        long offset = 0;
        for (var d = _shape.Length - 1; d >= 0; d--)
        {
            offset += position % _shape[d] * _strides[d];
            position /= _shape[d];
        }
        return offset;
    }
}
