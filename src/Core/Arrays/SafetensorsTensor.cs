using System.Runtime.InteropServices;

namespace Tda.Core.Arrays;

/// <summary>A tensor to be written: its bytes are asked for when their turn comes, so that they needn't all be in memory.</summary>
public sealed class SafetensorsTensor
{
    /// <param name="name">Unique in the file.</param>
    /// <param name="dtype">One of <see cref="SafetensorsDType"/>'s.</param>
    /// <param name="shape">Sizes; none for a scalar.</param>
    /// <param name="write">Writes exactly the bytes that type and shape promise, little-endian, in C order.</param>
    public SafetensorsTensor(string name, string dtype, long[] shape, Action<Stream> write)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        Write = write;
        ElementSize = SafetensorsDType.SizeOf(dtype) ?? throw new ArgumentException($"unknown element type '{dtype}'", nameof(dtype));
        ByteLength = shape.Aggregate((long)ElementSize, (product, size) => checked(product * size));
    }

    public SafetensorsTensor(string name, string dtype, long[] shape, ReadOnlyMemory<byte> bytes)
        : this(name, dtype, shape, stream => stream.Write(bytes.Span))
    {
        if (bytes.Length != ByteLength)
        {
            throw new ArgumentException($"tensor '{name}' needs {ByteLength} bytes, and {bytes.Length} were given", nameof(bytes));
        }
    }

    public string Name { get; }

    public string DType { get; }

    public IReadOnlyList<long> Shape { get; }

    public long ByteLength { get; }

    internal int ElementSize { get; }

    internal Action<Stream> Write { get; }

    /// <summary>A tensor of an array's elements.</summary>
    public static SafetensorsTensor Of<T>(string name, T[] values, params long[] shape)
        where T : unmanaged
    {
        var tensor = new SafetensorsTensor(name, SafetensorsDType.Of<T>(), shape, stream => stream.Write(MemoryMarshal.AsBytes<T>(values)));
        if (tensor.ByteLength != (long)values.Length * tensor.ElementSize)
        {
            throw new ArgumentException($"shape ({string.Join(", ", shape)}) doesn't hold {values.Length} values", nameof(shape));
        }

        return tensor;
    }
}
