namespace Tda.Curation.Languages;

/// <summary>Writing systems, by the Unicode blocks of their letters; rare blocks and historical scripts are left out.</summary>
internal static class Script
{
    /// <summary>Of letters of no script that is known here, and of what is no letter.</summary>
    public const int None = -1;

    private const string Latin = "Latin";
    private const string Chinese = "Han"; // with Japanese syllables, since one text mixes them
    private const string Korean = "Hangul";

    // First and last character of each block, in order.
    private static readonly (char First, char Last, string Name)[] Blocks =
    [
        ('A', 'Z', Latin), ('a', 'z', Latin), ('\u00aa', '\u00aa', Latin), ('\u00ba', '\u00ba', Latin), ('\u00c0', '\u02af', Latin),
        ('\u0370', '\u03ff', "Greek"), ('\u0400', '\u052f', "Cyrillic"), ('\u0531', '\u058f', "Armenian"), ('\u0590', '\u05ff', "Hebrew"),
        ('\u0600', '\u06ff', "Arabic"), ('\u0750', '\u077f', "Arabic"), ('\u0900', '\u097f', "Devanagari"), ('\u0980', '\u09ff', "Bengali"),
        ('\u0a00', '\u0a7f', "Gurmukhi"), ('\u0a80', '\u0aff', "Gujarati"), ('\u0b80', '\u0bff', "Tamil"), ('\u0c00', '\u0c7f', "Telugu"),
        ('\u0c80', '\u0cff', "Kannada"), ('\u0d00', '\u0d7f', "Malayalam"), ('\u0d80', '\u0dff', "Sinhala"), ('\u0e00', '\u0e7f', "Thai"),
        ('\u0e80', '\u0eff', "Lao"), ('\u1000', '\u109f', "Myanmar"), ('\u10a0', '\u10ff', "Georgian"), ('\u1100', '\u11ff', Korean),
        ('\u1200', '\u139f', "Ethiopic"), ('\u1780', '\u17ff', "Khmer"), ('\u1e00', '\u1eff', Latin), ('\u1f00', '\u1fff', "Greek"),
        ('\u3041', '\u30ff', Chinese), ('\u3400', '\u4dbf', Chinese), ('\u4e00', '\u9fff', Chinese), ('\uac00', '\ud7af', Korean),
        ('\ufb1d', '\ufb4f', "Hebrew"), ('\ufb50', '\ufdff', "Arabic"), ('\ufe70', '\ufefe', "Arabic"),
    ];

    private static readonly string[] Names = [.. Blocks.Select(block => block.Name).Distinct()];
    private static readonly sbyte[] OfCharacter = Table();

    /// <summary>How many there are; scripts are numbered from 0.</summary>
    public static int Count => Names.Length;

    /// <summary>The script of a letter or of a mark that goes with letters.</summary>
    public static int Of(char character) => OfCharacter[character];

    /// <summary>How many letters of an alphabet a character stands for: a Chinese word has one or two characters.</summary>
    public static int Weight(int script) => Names[script] switch
    {
        Chinese => 3,
        Korean => 2,
        _ => 1,
    };

    private static sbyte[] Table()
    {
        var table = new sbyte[char.MaxValue + 1];
        Array.Fill(table, (sbyte)None);
        foreach (var (first, last, name) in Blocks)
        {
            for (int character = first; character <= last; character++)
            {
                if (char.IsLetter((char)character)
                    || char.GetUnicodeCategory((char)character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
                {
                    table[character] = (sbyte)Array.IndexOf(Names, name);
                }
            }
        }

        return table;
    }
}
