namespace Tda.Curation.Languages;

/// <summary>
/// What languages are told by: runs of one to three letters of words in small letters, with one space before and behind each word. A run is
/// packed into a number, 16 bits a character.
/// </summary>
internal static class LanguageGrams
{
    /// <summary>The longest run.</summary>
    public const int Longest = 3;

    private const ulong Mask = 0xFFFF_FFFF_FFFF;

    /// <summary>The letters of one script in small letters, words divided by one space, with a space at both ends; other characters divide words.</summary>
    public static string Letters(ReadOnlySpan<char> text, int script)
    {
        var letters = new StringBuilder(text.Length + 2).Append(' ');
        foreach (var character in text)
        {
            if (Script.Of(character) == script)
            {
                letters.Append(char.ToLowerInvariant(character));
            }
            else if (letters[^1] != ' ')
            {
                letters.Append(' ');
            }
        }

        return (letters[^1] == ' ' ? letters : letters.Append(' ')).ToString();
    }

    /// <summary>Calls for each run, by its length and its packed characters; a space alone is none, nor is one with a space inside.</summary>
    public static void Each(string letters, Action<int, ulong> see)
    {
        ulong packed = 0;
        var run = 0; // characters since the last space, which counts
        foreach (var letter in letters)
        {
            packed = ((packed << 16) | letter) & Mask;
            run++;
            for (var n = letter == ' ' ? 2 : 1; n <= Math.Min(run, Longest); n++)
            {
                see(n, packed & (ulong.MaxValue >> (64 - 16 * n)));
            }

            run = letter == ' ' ? 1 : run;
        }
    }

    /// <summary>The characters of a run.</summary>
    public static string Unpack(ulong packed)
    {
        var text = "";
        for (; packed != 0; packed >>= 16)
        {
            text = (char)(packed & char.MaxValue) + text;
        }

        return text;
    }

    /// <summary>The number of a run's characters.</summary>
    public static ulong Pack(string run) => run.Aggregate(0UL, (packed, character) => (packed << 16) | character);

    /// <summary>The script of most letters of a text, and how many it has, both weighed; <see cref="Script.None"/> where it has no letter.</summary>
    public static (int Script, int Letters) MainScript(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[Script.Count];
        counts.Clear();
        foreach (var character in text)
        {
            if (Script.Of(character) is var script and not Script.None)
            {
                counts[script] += Script.Weight(script);
            }
        }

        var most = 0;
        for (var script = 1; script < counts.Length; script++)
        {
            most = counts[script] > counts[most] ? script : most;
        }

        return counts[most] == 0 ? (Script.None, 0) : (most, counts[most]);
    }
}
