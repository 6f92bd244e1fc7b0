using System.Buffers.Binary;

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
        if (file.Length < Magic.Length || !file.Span<byte>(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new BadInputException(file.Path, "is not an npy file: the first bytes aren't \\x93NUMPY", 0);
        }

        var lengthBytes = file.Length < 8 ? 0 : file.Span<byte>(6, 1)[0] switch
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

        var lengthField = file.Span<byte>(8, lengthBytes);
        long length = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (length > file.Length - start || length > int.MaxValue)
        {
            throw new BadInputException(file.Path, $"truncated: the npy header says it has {length} bytes, and {file.Length - start} are left", 8);
        }

        return new NpyHeaderParser(file.Path, file.Span<byte>(start, (int)length), start).Parse();
    }

    private static string Dictionary(string description, long[] shape)
    {
        var sizes = string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        return $"{{'descr': '{description}', 'fortran_order': False, 'shape': ({sizes}{(shape.Length == 1 ? "," : string.Empty)}), }}";
    }
}

/// <summary>Parses the Python dictionary of an npy header: strings, True, False and tuples of whole numbers.</summary>
/// <param name="path">For messages.</param>
/// <param name="text">The dictionary with its padding.</param>
/// <param name="start">Its offset in the file.</param>
internal ref struct NpyHeaderParser(string path, ReadOnlySpan<byte> text, long start)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public NpyHeader Parse()
    {
        string? description = null;
        bool? fortranOrder = null;
        long[]? shape = null;
        Expect((byte)'{');
        while (!TryTake((byte)'}'))
        {
            var key = String();
            Expect((byte)':');
            switch (key)
            {
                case "descr":
                    description = String();
                    break;
                case "fortran_order":
                    fortranOrder = Boolean();
                    break;
                case "shape":
                    shape = Tuple();
                    break;
                default:
                    throw Error($"unknown key '{key}' in the npy header");
            }

            if (!TryTake((byte)','))
            {
                Expect((byte)'}');
                break;
            }
        }

        var missing = description is null ? "descr" : fortranOrder is null ? "fortran_order" : shape is null ? "shape" : null;
        if (missing is not null)
        {
            throw Error($"the npy header lacks '{missing}'");
        }

        return new NpyHeader(description!, fortranOrder!.Value, shape!, start + _text.Length);
    }

    private string String()
    {
        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not ((byte)'\'' or (byte)'"'))
        {
            throw Error("a quoted text was expected in the npy header (structured element types are not supported)");
        }

        var quote = _text[_at++];
        var length = _text[_at..].IndexOf(quote);
        if (length < 0)
        {
            throw Error("a quote isn't closed in the npy header");
        }

        var value = Encoding.ASCII.GetString(_text.Slice(_at, length));
        _at += length + 1;
        return value;
    }

    private bool Boolean()
    {
        SkipSpace();
        var value = _text[_at..].StartsWith("True"u8);
        if (!value && !_text[_at..].StartsWith("False"u8))
        {
            throw Error("True or False was expected in the npy header");
        }

        _at += value ? 4 : 5;
        return value;
    }

    private long[] Tuple()
    {
        var sizes = new List<long>();
        Expect((byte)'(');
        while (!TryTake((byte)')'))
        {
            sizes.Add(Number());
            if (!TryTake((byte)','))
            {
                Expect((byte)')');
                break;
            }
        }

        return [.. sizes];
    }

    private long Number()
    {
        SkipSpace();
        var end = _at;
        while (end < _text.Length && _text[end] is >= (byte)'0' and <= (byte)'9')
        {
            end++;
        }

        if (!long.TryParse(_text[_at..end], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw Error("a size was expected in the npy header's shape");
        }

        _at = end;
        return value;
    }

    private void Expect(byte wanted)
    {
        if (!TryTake(wanted))
        {
            throw Error($"'{(char)wanted}' was expected in the npy header");
        }
    }

    private bool TryTake(byte wanted)
    {
        SkipSpace();
        if (_at >= _text.Length || _text[_at] != wanted)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\n' or (byte)'\t')
        {
            _at++;
        }
    }

    private readonly BadInputException Error(string reason) => new(path, reason, start + _at);
}

/// <summary>NumPy's names of the element types, little-endian.</summary>
internal static class NpyElement
{
    /// <exception cref="NotSupportedException">A type that Tda's files don't hold.</exception>
    public static string DescriptionOf<T>() => default(T) switch
    {
        float => "<f4",
        double => "<f8",
        Half => "<f2",
        int => "<i4",
        long => "<i8",
        uint => "<u4",
        byte => "|u1",
        sbyte => "|i1",
        bool => "|b1",
        _ => throw new NotSupportedException($"npy files of {typeof(T).Name} are not supported"),
    };
}
