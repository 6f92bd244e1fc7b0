using System.Runtime.CompilerServices;

namespace Tda.Core.Arrays;

/// <summary>An npy file, memory-mapped and read-only. Spans are valid until it is disposed of.</summary>
public sealed class NpyArray<T> : IDisposable
    where T : unmanaged
{
    private readonly MappedFile _file;

    private NpyArray(MappedFile file, NpyHeader header, long length)
    {
        _file = file;
        DataOffset = header.DataOffset;
        Shape = header.Shape;
        Length = length;
        RowLength = header.Shape.Skip(1).Aggregate(1L, (product, size) => product * size);
    }

    public IReadOnlyList<long> Shape { get; }

    /// <summary>Where the first element stands in the file, in bytes.</summary>
    public long DataOffset { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>First dimension; 1 for shape ().</summary>
    public long Rows => Shape.Count == 0 ? 1 : Shape[0];

    /// <summary>Elements of a row.</summary>
    public long RowLength { get; }

    /// <exception cref="BadInputException">
    /// Not npy, another element type, Fortran order, or a length that isn't the header's (truncated or corrupt).
    /// </exception>
    public static NpyArray<T> Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            var header = NpyHeader.Read(file);
            return new NpyArray<T>(file, header, Check(file, header));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Row <paramref name="row"/>, of <see cref="RowLength"/> elements.</summary>
    public ReadOnlySpan<T> Row(long row) => Span(row * RowLength, checked((int)RowLength));

    /// <summary>Any run of elements in C order.</summary>
    public ReadOnlySpan<T> Span(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - start);
        return _file.Span<T>(DataOffset + (start * Unsafe.SizeOf<T>()), count);
    }

    public T[] ToArray() => Span(0, checked((int)Length)).ToArray();

    public void Dispose() => _file.Dispose();

    /// <summary>The number of elements, when the file has exactly so many.</summary>
    private static long Check(MappedFile file, NpyHeader header)
    {
        var wanted = NpyElement.DescriptionOf<T>();
        if (header.Description != wanted)
        {
            throw new BadInputException(file.Path, $"the elements are '{header.Description}'; '{wanted}' was expected");
        }

        if (header.FortranOrder && header.Shape.Length > 1)
        {
            throw new BadInputException(file.Path, "the array is in Fortran order; C order is expected", remedy: "Save numpy.ascontiguousarray(array) instead.");
        }

        long elements;
        long bytes;
        try
        {
            elements = header.Elements;
            bytes = checked(elements * Unsafe.SizeOf<T>());
        }
        catch (OverflowException error)
        {
            throw new BadInputException(file.Path, $"shape ({string.Join(", ", header.Shape)}) is larger than any file", 0, inner: error);
        }

        var actual = file.Length - header.DataOffset;
        if (actual < bytes)
        {
            throw new BadInputException(file.Path, $"truncated: the header promises {bytes} bytes of data, and {actual} are there", file.Length, "Make the file again.");
        }

        if (actual > bytes)
        {
            throw new BadInputException(file.Path, $"{actual - bytes} bytes follow the data that the header promises", header.DataOffset + bytes);
        }

        return elements;
    }
}
