namespace Tda.Curation.Ledger;

/// <summary>What a rule hit, as the ledger shows it: one line of at most 200 characters.</summary>
internal static class Evidence
{
    /// <summary>Most characters.</summary>
    public const int MostCharacters = 200;

    /// <summary>A piece of a text; white space and control characters become one space, and what is too long ends with an ellipsis.</summary>
    public static string Of(string text, int start, int end) => Of(text.AsSpan(start, end - start));

    /// <inheritdoc cref="Of(string, int, int)"/>
    public static string Of(ReadOnlySpan<char> text)
    {
        var line = new StringBuilder(Math.Min(text.Length, MostCharacters + 1));
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                if (line.Length > 0 && line[^1] != ' ')
                {
                    line.Append(' ');
                }

                continue;
            }

            line.Append(rune);
            if (line.Length > MostCharacters)
            {
                line.Length = MostCharacters - 1;
                line.Length -= char.IsHighSurrogate(line[^1]) ? 1 : 0;
                return line.Append('…').ToString();
            }
        }

        return line.ToString().TrimEnd();
    }
}
