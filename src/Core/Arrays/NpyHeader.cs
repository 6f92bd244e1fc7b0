using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Tda.Core.Arrays;

/// <summary>The head of an npy file, versions 1.0 to 3.0: magic, version, length, a Python dictionary, padding to 64 bytes.</summary>
internal sealed record NpyHeader(string Description, bool FortranOrder, long[] Shape, long DataOffset)
{
    private const int Alignment = 64;
    private const int FixedLength = 10; // magic 6, version 2, length 2

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements; shape () is one.</summary>
    /// <exception cref="OverflowException">More than 2⁶³ − 1.</exception>
    public long Elements => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>
    /// The bytes of a version 1.0 header. With <paramref name="reserveRows"/> there is room for any first dimension, so
    /// that a streamed writer can patch it in later without moving the data.
    /// </summary>
    public static byte[] Encode(string description, long[] shape, bool reserveRows = false)
    {
        var dictionary = Dictionary(description, shape);
        var text = reserveRows ? Dictionary(description, [long.MaxValue, .. shape[1..]]).Length : dictionary.Length;
        var total = (FixedLength + text + 1 + Alignment - 1) / Alignment * Alignment;
        var header = new byte[total];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - FixedLength)));
        Encoding.ASCII.GetBytes(dictionary.PadRight(total - FixedLength - 1) + "\n", header.AsSpan(FixedLength));
        return header;
    }

    /// <exception cref="BadInputException">Not npy, truncated, or a header that isn't NumPy's.</exception>
    public static NpyHeader Read(MappedFile file)
    {
        if (file.Length < Magic.Length || !file.Bytes(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new BadInputException(file.Path, "is not an npy file: the first bytes aren't \\x93NUMPY", 0);
        }

        var lengthBytes = file.Length < 8 ? 0 : file.Bytes(6, 1)[0] switch
        {
            1 => 2,
            2 or 3 => 4,
            byte version => throw new BadInputException(file.Path, $"npy version {version} is unknown; 1.0, 2.0 and 3.0 are supported", 6),
        };
        long start = 8 + lengthBytes;
        if (lengthBytes == 0 || file.Length < start)
        {
            throw new BadInputException(file.Path, $"truncated in the npy header: it has {file.Length} bytes", file.Length);
        }

        var lengthField = file.Bytes(8, lengthBytes);
        long length = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (length > file.Length - start || length > int.MaxValue)
        {
            throw new BadInputException(file.Path, $"truncated: the npy header says it has {length} bytes, and {file.Length - start} are left", 8);
        }

        return new NpyHeaderParser(file.Path, file.Bytes(start, (int)length), start).Parse();
    }

    private static string Dictionary(string description, long[] shape)
    {
        var sizes = string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        return $"{{'descr': '{description}', 'fortran_order': False, 'shape': ({sizes}{(shape.Length == 1 ? "," : string.Empty)}), }}";
    }
}
