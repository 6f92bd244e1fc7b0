using System.Buffers;
using System.Buffers.Binary;

namespace Tda.Gateway.Redaction.Views;

/// <summary>Resolves JSON's backslash escapes and URLs' percent escapes.</summary>
internal static class Escapes
{
    // A match that holds an escape is found when it lies within this distance of it.
    private const int Reach = 8192;

    private static readonly SearchValues<byte> Marks = SearchValues.Create("\\%"u8);

    /// <summary>The first escape at or after a place; the text's length when there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to start.</param>
    /// <param name="besideSimple">Whether those that <see cref="Soften"/> takes care of are passed over.</param>
    public static int Next(ReadOnlySpan<byte> text, int from, bool besideSimple = false)
    {
        while (from < text.Length)
        {
            var mark = text[from..].IndexOfAny(Marks);
            if (mark < 0)
            {
                break;
            }

            from += mark;
            if (besideSimple && IsSimple(text, from))
            {
                from += 2;
            }
            else if (Length(text[from..]) > 0)
            {
                return from;
            }
            else
            {
                from++;
            }
        }

        return text.Length;
    }

    /// <summary>
    /// Fills a view with the neighbourhood of the escapes from <paramref name="escape"/> on, resolved, and returns the
    /// first escape beyond it, so that a large body with few escapes is not held twice.
    /// </summary>
    public static int DecodeNear(ReadOnlySpan<byte> text, int escape, bool besideSimple, TextView view)
    {
        var start = Math.Max(0, escape - Reach);
        while (true)
        {
            Decode(text, start, escape, view);
            start = Decode(text, escape, view);
            escape = Next(text, start, besideSimple);
            if (escape - start > 2 * Reach || escape == text.Length)
            {
                Decode(text, start, Math.Min(text.Length, start + Reach), view);
                return escape;
            }
        }
    }

    /// <summary>
    /// Writes white space or quotes over the escapes that stand for one, so that JSON as it stands can be searched: most
    /// bodies have no others. <see cref="Restore"/> undoes it.
    /// </summary>
    /// <returns>Whether there are other escapes.</returns>
    public static bool Soften(Span<byte> json, List<(int At, byte Letter)> softened)
    {
        var others = false;
        for (var at = 0; at < json.Length;)
        {
            var mark = json[at..].IndexOfAny(Marks);
            if (mark < 0)
            {
                break;
            }

            at += mark;
            if (IsSimple(json, at))
            {
                softened.AddCounted((at, json[at + 1]));
                json[at] = json[at + 1] = json[at + 1] == '"' ? (byte)'"' : (byte)'\n';
                at += 2;
            }
            else
            {
                var length = Length(json[at..]);
                others |= length > 0;
                at += Math.Max(1, length);
            }
        }

        return others;
    }

    /// <summary>Brings back what <see cref="Soften"/> wrote over.</summary>
    public static void Restore(Span<byte> json, List<(int At, byte Letter)> softened)
    {
        foreach (var (at, letter) in softened)
        {
            json[at] = (byte)'\\';
            json[at + 1] = letter;
        }

        softened.Clear();
    }

    /// <summary>Appends a run of text to a view, escapes resolved.</summary>
    public static void Decode(ReadOnlySpan<byte> text, int start, int end, TextView view)
    {
        text = text[..end];
        while (start < end)
        {
            var escape = Next(text, start);
            view.Append(text[start..escape], start);
            start = escape < end ? Decode(text, escape, view) : end;
        }
    }

    /// <summary>The bytes of the escape that the text starts with; 0 when it is none.</summary>
    public static int Length(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'%', _, _, ..] => Hex(text[1..3]) >= 0 ? 3 : 0,
        [(byte)'\\', (byte)'u', ..] => Unit(text) >= 0 ? 6 : 0,
        [(byte)'\\', (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t', ..] => 2,
        _ => 0,
    };

    private static bool IsSimple(ReadOnlySpan<byte> text, int at) =>
        text[at] == '\\' && at + 1 < text.Length && text[at + 1] is (byte)'n' or (byte)'"' or (byte)'t' or (byte)'r';

    /// <summary>Appends what the escape at a place stands for, and returns where it ends.</summary>
    private static int Decode(ReadOnlySpan<byte> text, int at, TextView view)
    {
        var length = Length(text[at..]);
        Span<byte> decoded = stackalloc byte[4];
        var written = 1;
        if (length == 3)
        {
            decoded[0] = (byte)Hex(text.Slice(at + 1, 2));
        }
        else if (length == 2)
        {
            decoded[0] = text[at + 1] switch { (byte)'b' => 8, (byte)'f' => 12, (byte)'n' => 10, (byte)'r' => 13, (byte)'t' => 9, var other => other };
        }
        else
        {
            var first = (char)Unit(text[at..]);
            var second = char.IsHighSurrogate(first) ? Unit(text[(at + 6)..]) : -1;
            var rune = Rune.ReplacementChar;
            if (second >= 0 && Rune.TryCreate(first, (char)second, out var pair))
            {
                (rune, length) = (pair, 12);
            }
            else if (Rune.TryCreate(first, out var single))
            {
                rune = single;
            }

            written = rune.EncodeToUtf8(decoded);
        }

        view.AppendDecoded(decoded[..written], at, at + length);
        return at + length;
    }

    /// <summary>The UTF-16 code unit that the text starts with as an escape; -1 when it is none.</summary>
    private static int Unit(ReadOnlySpan<byte> text) => text is [(byte)'\\', (byte)'u', _, _, _, _, ..] ? Hex(text[2..6]) : -1;

    /// <summary>The number that these hexadecimal digits, at most four, stand for; -1 when they are none.</summary>
    private static int Hex(ReadOnlySpan<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[2];
        return Convert.FromHexString(digits, bytes, out _, out var count) != OperationStatus.Done ? -1
            : count == 1 ? bytes[0]
            : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }
}
