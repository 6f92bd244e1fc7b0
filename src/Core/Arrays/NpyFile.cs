using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tda.Core.Artifacts;

namespace Tda.Core.Arrays;

/// <summary>Writes whole arrays as NumPy files. <see cref="NpyWriter{T}"/> streams, <see cref="NpyArray{T}"/> reads.</summary>
public static class NpyFile
{
    /// <summary>Elements written at once.</summary>
    private const int Chunk = 1 << 20;

    /// <summary>How many bytes a file takes, header included.</summary>
    /// <param name="streamed">Whether an <see cref="NpyWriter{T}"/> writes it, whose header has room for any number of rows.</param>
    /// <param name="shape">The array's shape.</param>
    public static long LengthOf<T>(bool streamed, params long[] shape)
        where T : unmanaged =>
        NpyHeader.Encode(NpyElement.DescriptionOf<T>(), shape, streamed).Length + shape.Aggregate((long)Unsafe.SizeOf<T>(), (product, size) => checked(product * size));

    /// <param name="path">Appears complete or not at all.</param>
    /// <param name="values">In C order (the last dimension runs fastest).</param>
    /// <param name="shape">Sizes whose product is the number of values; none for a one-dimensional array.</param>
    /// <exception cref="TdaException">The file can't be written; what was there stays.</exception>
    public static void Write<T>(string path, T[] values, params long[] shape)
        where T : unmanaged => Write(path, (ReadOnlyMemory<T>)values, shape);

    /// <inheritdoc cref="Write{T}(string, T[], long[])"/>
    public static void Write<T>(string path, ReadOnlyMemory<T> values, params long[] shape)
        where T : unmanaged
    {
        if (shape.Length == 0)
        {
            shape = [values.Length];
        }

        var elements = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (elements != values.Length)
        {
            throw new ArgumentException($"shape ({string.Join(", ", shape)}) has {elements} elements, but {values.Length} values were given", nameof(shape));
        }

        using var file = new AtomicFileWriter(path);
        file.Write(NpyHeader.Encode(NpyElement.DescriptionOf<T>(), shape));
        for (var rest = values.Span; !rest.IsEmpty;)
        {
            var chunk = rest[..Math.Min(rest.Length, Chunk)];
            file.Write(MemoryMarshal.AsBytes(chunk));
            rest = rest[chunk.Length..];
        }

        file.Commit();
    }
}
