using System.Globalization;
using System.Text;

namespace Tda.Core.Arrays;

/// <summary>Parses the Python dictionary of an npy header: strings, True, False and tuples of whole numbers.</summary>
internal ref struct NpyHeaderParser
{
    private readonly string _path;
    private readonly ReadOnlySpan<byte> _text;
    private readonly long _start;
    private int _at;

    /// <param name="path">For messages.</param>
    /// <param name="text">The dictionary with its padding.</param>
    /// <param name="start">Its offset in the file.</param>
    public NpyHeaderParser(string path, ReadOnlySpan<byte> text, long start)
    {
        _path = path;
        _text = text;
        _start = start;
    }

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

        return new NpyHeader(description!, fortranOrder!.Value, shape!, _start + _text.Length);
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

    private readonly BadInputException Error(string reason) => new(_path, reason, _start + _at);
}
