using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tda.Core.Arrays;

/// <summary>
/// Writes an npy file row by row, without knowing how many there will be: the header leaves room for the number of rows,
/// and <see cref="Commit"/> fills it in, syncs and renames.
/// </summary>
public sealed class NpyWriter<T> : IDisposable
    where T : unmanaged
{
    private readonly AtomicFileWriter _file;
    private readonly long[] _rowShape;

    /// <param name="path">Where the file appears at the commit.</param>
    /// <param name="rowShape">The shape of one row: none for a one-dimensional array, (D) for rows of D numbers.</param>
    /// <exception cref="TdaException">The file can't be created.</exception>
    public NpyWriter(string path, params long[] rowShape)
    {
        _rowShape = rowShape;
        RowLength = rowShape.Aggregate(1L, (product, size) => checked(product * size));
        _file = new AtomicFileWriter(path);
        _file.Write(Header());
    }

    public long RowLength { get; }

    /// <summary>Rows appended so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Appends one row or several.</summary>
    /// <exception cref="ArgumentException">The values aren't whole rows.</exception>
    /// <exception cref="TdaException">The disk is full; the file that was there stays.</exception>
    public void Append(ReadOnlySpan<T> rows)
    {
        if (RowLength == 0 || rows.Length % RowLength != 0)
        {
            throw new ArgumentException($"{rows.Length} values are not whole rows of {RowLength}", nameof(rows));
        }

        _file.Write(MemoryMarshal.AsBytes(rows));
        Rows += rows.Length / RowLength;
    }

    /// <summary>Fills in the number of rows and makes the file durable and visible.</summary>
    public void Commit()
    {
        _file.Guard(() => _file.Stream.Position = 0);
        _file.Write(Header());
        _file.Commit();
    }

    /// <summary>Without a commit, leaves what was there before.</summary>
    public void Dispose() => _file.Dispose();

    private byte[] Header() => NpyHeader.Encode(NpyElement.DescriptionOf<T>(), [Rows, .. _rowShape], reserveRows: true);
}

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
    public static void Write<T>(string path, ReadOnlySpan<T> values, params long[] shape)
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
        for (var rest = values; !rest.IsEmpty;)
        {
            var chunk = rest[..Math.Min(rest.Length, Chunk)];
            file.Write(MemoryMarshal.AsBytes(chunk));
            rest = rest[chunk.Length..];
        }

        file.Commit();
    }
}
