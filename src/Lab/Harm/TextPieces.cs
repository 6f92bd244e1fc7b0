namespace Tda.Lab.Harm;

/// <summary>Cuts documents into pieces as long as the completions that the classifier will judge.</summary>
public static class TextPieces
{
    /// <summary>
    /// Up to <paramref name="most"/> pieces of <paramref name="length"/> characters, each beginning at a word; those shorter
    /// than <paramref name="shortest"/> are left out.
    /// </summary>
    public static IEnumerable<string> Cut(string text, int length, int shortest, int most)
    {
        var given = 0;
        for (var at = 0; at < text.Length && given < most; at += length)
        {
            var start = at;
            while (start > 0 && start < text.Length && !char.IsWhiteSpace(text[start - 1]))
            {
                start++;
            }

            var end = Math.Min(text.Length, start + length);
            if (end - start < shortest)
            {
                continue;
            }

            given++;
            yield return text[start..end];
        }
    }
}
