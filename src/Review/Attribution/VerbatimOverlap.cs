namespace Tda.Review.Attribution;

/// <summary>The longest run of words that an answer and a document have in common: a match, which is no cause.</summary>
internal static class VerbatimOverlap
{
    /// <summary>Shorter runs are everyday phrases.</summary>
    public const int FewestWords = 8;

    private static readonly char[] Blanks = [' ', '\n', '\r', '\t'];

    /// <summary>The run's words with single spaces between them; null where it is shorter than <see cref="FewestWords"/>.</summary>
    public static string? Longest(string answer, string document)
    {
        var (a, d) = (answer.Split(Blanks, StringSplitOptions.RemoveEmptyEntries), document.Split(Blanks, StringSplitOptions.RemoveEmptyEntries));
        var places = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i + FewestWords <= a.Length; i++)
        {
            var key = string.Join(' ', a, i, FewestWords);
            if (!places.TryGetValue(key, out var list))
            {
                places[key] = list = [];
            }

            list.Add(i);
        }

        var (best, length) = (0, 0);
        for (var j = 0; places.Count > 0 && j + FewestWords <= d.Length; j++)
        {
            foreach (var i in places.GetValueOrDefault(string.Join(' ', d, j, FewestWords)) ?? [])
            {
                // A run was counted where it began.
                if (i > 0 && j > 0 && a[i - 1] == d[j - 1])
                {
                    continue;
                }

                var n = FewestWords;
                while (i + n < a.Length && j + n < d.Length && a[i + n] == d[j + n])
                {
                    n++;
                }

                (best, length) = n > length ? (i, n) : (best, length);
            }
        }

        return length == 0 ? null : string.Join(' ', a, best, length);
    }
}
