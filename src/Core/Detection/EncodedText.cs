using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tda.Core.Detection;

/// <summary>
/// Text in base64, as data URLs, mail and scripts have it: where it stands, and what it says. Pictures and other bytes that are no text
/// are told by their first bytes and left alone.
/// </summary>
internal static class EncodedText
{
    // A run of 31 fills one of the scanner's blocks wherever it starts: 23 bytes, shorter than most keys with their surroundings.
    private const int Shortest = 28;
    private const int Quantum = 4;
    private const int Looked = 6 * Quantum;

    /// <summary>Whether all bytes of a block are of base64's alphabets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool FillsBlock(Vector128<byte> block, Vector128<byte> digits)
    {
        // Nearly every block of words has a space or a quote, which come before '+'.
        if (Vector128.LessThanAny(block, Vector128.Create((byte)'+')))
        {
            return false;
        }

        var letters = Vector128.LessThan((block | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)26));
        var signs = Vector128.Equals(block, Vector128.Create((byte)'+')) | Vector128.Equals(block, Vector128.Create((byte)'/'))
            | Vector128.Equals(block, Vector128.Create((byte)'-')) | Vector128.Equals(block, Vector128.Create((byte)'_'));
        return (letters | digits | signs) == Vector128<byte>.AllBitsSet;
    }

    /// <summary>Reports the run of base64 that fills a block if it may be text, and returns its end.</summary>
    public static int Find(ReadOnlySpan<byte> text, int block, int from, SecretSpans found)
    {
        var start = from + text[from..block].LastIndexOfAnyExcept(Bytes.Base64Text) + 1;
        var end = RunEnd(text, start);
        if (end - start >= Shortest && MayBeText(text[start..end]))
        {
            found.Encoded.AddCounted((start, end));
        }

        return end;
    }

    /// <summary>Where the run of base64 starts that a text ends in, which may go on; the text's end when it ends in none.</summary>
    public static int OpenRun(ReadOnlySpan<byte> text)
    {
        var start = text.LastIndexOfAnyExcept(Bytes.Base64Text) + 1;
        return text.Length - start >= Shortest && MayBeText(text[start..]) ? start : text.Length;
    }

    /// <summary>Decodes up to three bytes at a place, which moves on, over the breaks of lines too; 0 at the end.</summary>
    public static int Decode(ReadOnlySpan<byte> text, ref int at, int end, Span<byte> decoded)
    {
        Span<byte> quantum = stackalloc byte[Quantum];
        var count = 0;
        for (; at < end && count < Quantum; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] is not ((byte)'\r' or (byte)'\n' or (byte)'='))
            {
                quantum[count++] = text[at] switch { (byte)'-' => (byte)'+', (byte)'_' => (byte)'/', var other => other };
            }
        }

        quantum[count..].Fill((byte)'=');
        return count >= 2 && Base64.DecodeFromUtf8(quantum, decoded, out _, out var written) == OperationStatus.Done ? written : 0;
    }

    /// <summary>The end of a run, with those of the lines below it where it is one of a block's.</summary>
    private static int RunEnd(ReadOnlySpan<byte> text, int at)
    {
        const int shortestLine = 60;
        while (true)
        {
            var end = Bytes.RunEnd(text, at, Bytes.Base64Text);
            var next = end;
            while (next < text.Length && next - end < 4 && (text[next] is (byte)'\r' or (byte)'\n' || (text[next] == '\\' && next + 1 < text.Length && text[next + 1] is (byte)'n' or (byte)'r')))
            {
                next += text[next] == '\\' ? 2 : 1;
            }

            if (next == end || next >= text.Length || end - at < shortestLine || (end - at) % Quantum != 0 || !Bytes.Alphanumeric.Contains(text[next]))
            {
                return end;
            }

            at = next;
        }
    }

    /// <summary>Whether the first bytes that a run stands for are text, of UTF-8 or UTF-16. Words and names decode to no text.</summary>
    private static bool MayBeText(ReadOnlySpan<byte> run)
    {
        var head = run[..Looked];
        if (!head.ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            return false;
        }

        Span<byte> decoded = stackalloc byte[Looked];
        var length = 0;
        for (var at = 0; at < Looked;)
        {
            length += Decode(head, ref at, Looked, decoded[length..]);
        }

        decoded = decoded[..length];
        var wide = decoded.Length > 4 && ((decoded[0] == 0) != (decoded[1] == 0));
        for (var i = 0; i < decoded.Length;)
        {
            var status = Rune.DecodeFromUtf8(decoded[i..], out var rune, out var used);
            if (status == OperationStatus.InvalidData || (status == OperationStatus.Done && IsControl(rune) && !(wide && rune.Value == 0)))
            {
                return false;
            }

            i += used;
        }

        return length > 0;
    }

    private static bool IsControl(Rune rune) => Rune.IsControl(rune) && rune.Value is not ('\t' or '\n' or '\r' or 0x1B);
}
