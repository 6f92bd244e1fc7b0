namespace Tda.Core.Text;

/// <summary>Which known names a word that is none of them is likely to stand for.</summary>
public static class NearestNames
{
    /// <summary>
    /// The known names of which at most a third of the word's letters, and one of a short word, would have to change; those that begin with
    /// the word count as near too. The nearest first; of equally near ones in the order given.
    /// </summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">What there is.</param>
    /// <param name="most">Most names to give.</param>
    public static IReadOnlyList<string> Of(string word, IEnumerable<string> known, int most = 3) =>
    [
        .. known.Distinct(StringComparer.Ordinal)
            .Select(name => (Name: name, Distance: Distance(word.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(near => near.Distance <= Math.Max(1, word.Length / 3)
                || (word.Length > 2 && near.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(near => near.Distance)
            .Select(near => near.Name)
            .Take(most),
    ];

    /// <summary>A question for the user, such as <c>Did you mean 'web' or 'web2'?</c>; null where no name is near.</summary>
    /// <inheritdoc cref="Of"/>
    public static string? Question(string word, IEnumerable<string> known)
    {
        string[] near = [.. Of(word, known).Select(name => $"'{name}'")];
        return near.Length == 0 ? null : $"Did you mean {string.Join(" or ", near)}?";
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour (Damerau and Levenshtein).</summary>
    public static int Distance(string one, string other)
    {
        var cost = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                    cost[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[one.Length, other.Length];
    }
}
