namespace Tda.Scoring.Methods.Lexical;

/// <summary>Splits text into terms: runs of letters and digits, lower-cased.</summary>
public static class Terms
{
    /// <summary>The terms of a text, in order, repeats kept.</summary>
    public static IEnumerable<string> Of(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                i++;
            }

            yield return text[start..i].ToLowerInvariant();
        }
    }
}
