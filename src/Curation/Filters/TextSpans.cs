using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Tda.Curation.Filters;

/// <summary>Words, lines and paragraphs of a text, as positions in it: filters look at each without a string of its own.</summary>
internal static class TextSpans
{
    // Marks that end a sentence, in the scripts that have their own, and quotes that close one.
    private static readonly SearchValues<char> SentenceEnds = SearchValues.Create(".!?…。！？।؟۔。」』\"'”’»");

    /// <summary>Words: runs of characters without white space.</summary>
    public static TextWords Words(ReadOnlySpan<char> text) => new(text);

    /// <summary>A word without the marks at its ends; empty for one that has no letter and no digit.</summary>
    public static ReadOnlySpan<char> Core(ReadOnlySpan<char> word)
    {
        var (start, end) = (0, word.Length);
        while (start < end && !IsWordCharacter(word[start]))
        {
            start++;
        }

        while (end > start && !IsWordCharacter(word[end - 1]))
        {
            end--;
        }

        return word[start..end];
    }

    /// <summary>Lines that aren't blank, without white space at their ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="wrapped">Whether lines were broken at some width: then a line is what stands between blank lines.</param>
    public static List<TextSpan> Lines(ReadOnlySpan<char> text, bool wrapped = false)
    {
        var lines = new List<TextSpan>();
        var goesOn = false;
        for (var start = 0; start < text.Length;)
        {
            var length = text[start..].IndexOf('\n');
            var end = length < 0 ? text.Length : start + length;
            var trimmed = Trim(text, start, end);
            if (trimmed.Length > 0 && wrapped && goesOn)
            {
                lines[^1] = new(lines[^1].Start, trimmed.End);
            }
            else if (trimmed.Length > 0)
            {
                lines.Add(trimmed);
            }

            goesOn = trimmed.Length > 0;
            start = end + 1;
        }

        return lines;
    }

    /// <summary>Whether a line ends as a sentence does.</summary>
    public static bool EndsSentence(ReadOnlySpan<char> line) => !line.IsEmpty && SentenceEnds.Contains(line[^1]);

    /// <summary>64 bits that stand for a text's characters: two of a million pieces are taken for the same with a chance of 3 in 10⁸.</summary>
    public static ulong Hash(ReadOnlySpan<char> text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text));

    private static bool IsWordCharacter(char character) => char.IsLetterOrDigit(character) || char.IsSurrogate(character);

    private static TextSpan Trim(ReadOnlySpan<char> text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return new(start, end);
    }
}

/// <summary>Goes through a text's words.</summary>
internal ref struct TextWords(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;

    /// <summary>Where the word begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends.</summary>
    public int End { get; private set; }

    public readonly ReadOnlySpan<char> Current => _text[Start..End];

    public readonly TextWords GetEnumerator() => this;

    public bool MoveNext()
    {
        var start = End;
        while (start < _text.Length && char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        Start = start;
        while (start < _text.Length && !char.IsWhiteSpace(_text[start]))
        {
            start++;
        }

        End = start;
        return End > Start;
    }
}
