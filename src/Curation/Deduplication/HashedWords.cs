using System.IO.Hashing;
using System.Runtime.InteropServices;
using ADRaffy.ENSNormalize;

namespace Tda.Curation.Deduplication;

/// <summary>
/// The words of a text as 64-bit hashes, with their places. A word is a run of letters, digits and marks; case, accents' spelling (normal
/// form C), punctuation, white space and invisible characters make no difference. Where a script writes no spaces (Chinese, Japanese, Thai,
/// Lao, Khmer, Burmese) each character is a word. One instance reads many texts, and keeps its memory.
/// </summary>
public sealed class HashedWords
{
    private static readonly CharacterKind[] Kinds = [.. Enumerable.Range(0, char.MaxValue + 1).Select(code => KindOf(code, CharUnicodeInfo.GetUnicodeCategory((char)code)))];

    private ulong[] _hashes = new ulong[256];
    private int[] _starts = new int[256];
    private int[] _ends = new int[256];
    private char[] _word = new char[64];

    private enum CharacterKind : byte
    {
        Between,
        InWord,
        Invisible,
        WordByItself,
        Surrogate,
    }

    /// <summary>Number of words.</summary>
    public int Count { get; private set; }

    /// <summary>A hash for each word; valid until the next text is read.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(0, Count);

    /// <summary>Where a word starts in the text, and one past where it ends.</summary>
    public (int Start, int End) Place(int word) => (_starts[word], _ends[word]);

    /// <summary>Reads a text in place of the one before.</summary>
    public void Read(string text)
    {
        Count = 0;
        var (start, length) = (-1, 0); // of the word so far: where it starts, and its characters in _word
        for (var i = 0; i < text.Length;)
        {
            var (kind, size) = KindAt(text, i);
            if (start >= 0 && kind is CharacterKind.Between or CharacterKind.WordByItself)
            {
                Add(start, i, length);
                (start, length) = (-1, 0);
            }

            if (kind is CharacterKind.InWord or CharacterKind.WordByItself)
            {
                start = start < 0 ? i : start;
                if (length + size > _word.Length)
                {
                    Array.Resize(ref _word, 2 * _word.Length);
                }

                text.AsSpan(i, size).CopyTo(_word.AsSpan(length));
                length += size;
            }

            i += size;
            if (kind == CharacterKind.WordByItself)
            {
                Add(start, i, length);
                (start, length) = (-1, 0);
            }
        }

        if (start >= 0)
        {
            Add(start, text.Length, length);
        }
    }

    /// <summary>Appends the normalised words, each followed by a space.</summary>
    /// <param name="text">The text that was read.</param>
    /// <param name="into">Where they go.</param>
    public void AppendWords(string text, StringBuilder into)
    {
        for (var word = 0; word < Count; word++)
        {
            var length = 0;
            for (var i = _starts[word]; i < _ends[word]; i++)
            {
                if (Kinds[text[i]] != CharacterKind.Invisible)
                {
                    _word[length++] = text[i];
                }
            }

            into.Append(Normalise(length)).Append(' ');
        }
    }

    private static (CharacterKind Kind, int Size) KindAt(string text, int i)
    {
        var kind = Kinds[text[i]];
        return kind != CharacterKind.Surrogate ? (kind, 1)
            : Rune.TryGetRuneAt(text, i, out var rune) ? (KindOf(rune.Value, Rune.GetUnicodeCategory(rune)), 2)
            : (CharacterKind.Between, 1);
    }

    private static CharacterKind KindOf(int code, UnicodeCategory category) => category switch
    {
        UnicodeCategory.Surrogate => CharacterKind.Surrogate,
        UnicodeCategory.Format => CharacterKind.Invisible,
        UnicodeCategory.OtherLetter when IsWrittenWithoutSpaces(code) => CharacterKind.WordByItself,
        <= UnicodeCategory.OtherNumber => CharacterKind.InWord, // letters, marks and numbers come first in the enum
        _ => CharacterKind.Between,
    };

    private static bool IsWrittenWithoutSpaces(int code) => code is
        (>= 0x0E00 and <= 0x0EFF) // Thai, Lao
        or (>= 0x1000 and <= 0x109F) // Burmese
        or (>= 0x1780 and <= 0x17FF) // Khmer
        or (>= 0x3040 and <= 0x30FF) // kana
        or (>= 0x3400 and <= 0x9FFF) // Chinese characters
        or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x3FFFF);

    private void Add(int start, int end, int length)
    {
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, 2 * Count);
            Array.Resize(ref _starts, 2 * Count);
            Array.Resize(ref _ends, 2 * Count);
        }

        (_hashes[Count], _starts[Count], _ends[Count]) = (XxHash3.HashToUInt64(MemoryMarshal.AsBytes(Normalise(length))), start, end);
        Count++;
    }

    /// <summary>The word's first characters in <see cref="_word"/>, composed and in upper case, which tells fewer letters apart than lower case.</summary>
    private ReadOnlySpan<char> Normalise(int length)
    {
        var word = _word.AsSpan(0, length);
        if (word.ContainsAnyExceptInRange('\0', '\u02FF') && !IsComposed(word))
        {
            word = ENSNormalize.NF.NFC(word.ToString()).ToCharArray();
        }

        foreach (ref var c in word)
        {
            c = char.ToUpperInvariant(c);
        }

        return word;
    }

    /// <summary>Whether all characters are of common ranges in which nothing is left to compose: it saves the normaliser's time.</summary>
    private static bool IsComposed(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
        {
            if (c is not (< '\u0300' or (>= '\u0400' and <= '\u0482') or (>= '\u048A' and <= '\u052F')
                or (>= '\u3041' and <= '\u3096') or (>= '\u30A1' and <= '\u30FA') or (>= '\u4E00' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7A3')))
            {
                return false;
            }
        }

        return true;
    }
}
