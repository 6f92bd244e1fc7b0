namespace Tda.Core.Text;

/// <summary>Which known name a misspelled one is likely to stand for.</summary>
public static class NearestName
{
    /// <summary>The nearest of the known names; null when none is near: up to half of the letters may differ, and two in a short word.</summary>
    public static string? Of(string name, IEnumerable<string> known) => known
        .Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
        .Where(near => near.Distance <= Math.Max(2, name.Length / 2))
        .OrderBy(near => near.Distance)
        .Select(near => near.Name)
        .FirstOrDefault();

    /// <summary>Levenshtein's distance: letters to insert, delete or exchange.</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
