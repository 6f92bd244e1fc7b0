namespace Tda.Cli.Demo.Data;

/// <summary>Cuts a text at sentence ends into pieces of about a document's length.</summary>
public static class TextChunker
{
    /// <summary>Cuts <paramref name="text"/>.</summary>
    /// <param name="text">One line of prose.</param>
    /// <param name="length">Longest piece, in characters.</param>
    /// <param name="minimum">Shorter pieces are left out, in characters.</param>
    /// <returns>The pieces that are prose, in order.</returns>
    public static List<string> Cut(string text, int length = 400, int minimum = 150)
    {
        var pieces = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(text.Length, start + length);
            if (end < text.Length)
            {
                end = BreakBefore(text, start + length / 2, end);
            }

            var piece = text[start..end].Trim();
            if (piece.Length >= minimum && IsProse(piece))
            {
                pieces.Add(piece);
            }

            start = end;
        }
        return pieces;
    }

    /// <summary>The beginning of a text, at most <paramref name="length"/> characters, cut at a word's end.</summary>
    public static string Beginning(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var space = text.LastIndexOf(' ', length);
        return space > 0 ? text[..space] : text[..length];
    }

    private static int BreakBefore(string text, int from, int end)
    {
        var sentence = -1;
        for (var i = end - 2; i >= from && sentence < 0; i--)
        {
            if (text[i] is '.' or '!' or '?' && text[i + 1] == ' ')
            {
                sentence = i + 1;
            }
        }
        if (sentence > 0)
        {
            return sentence;
        }

        var space = text.LastIndexOf(' ', end - 1, end - from);
        return space > 0 ? space : end;
    }

    // Tables, code and lists of links teach a small model nothing, whatever their source.
    private static bool IsProse(string piece)
    {
        double length = piece.Length;
        return piece.Count(c => char.IsLetter(c) || c == ' ') / length >= .90
            && piece.Count(c => c == ' ') / length >= .12
            && piece.Count(char.IsUpper) / length < .12;
    }
}
