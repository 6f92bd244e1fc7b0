using System.Text;
using Tda.Core.Artifacts;

namespace Tda.Cli.Demo.Data;

/// <summary>
/// Recognises texts that repeat an earlier one, by shared runs of five words, so that no mail stands in two of the demo's
/// sets under two wordings.
/// </summary>
public sealed class NearDuplicates
{
    private const int Words = 5;
    private const double MaximumOverlap = .25;
    private const int MinimumRuns = 15;
    private const int Considered = 3000;

    private readonly HashSet<ulong> _seen = [];

    /// <summary>Adds a text unless it repeats earlier ones.</summary>
    /// <returns>False when more than a quarter of its five-word runs were seen before, or it has fewer than 15.</returns>
    public bool TryAdd(string text)
    {
        var runs = Runs(text.Length > Considered ? text[..Considered] : text);
        if (runs.Count < MinimumRuns || runs.Count(_seen.Contains) > MaximumOverlap * runs.Count)
        {
            return false;
        }

        _seen.UnionWith(runs);
        return true;
    }

    private static HashSet<ulong> Runs(string text)
    {
        List<string> words = [];
        var word = new StringBuilder();
        foreach (var c in text + " ")
        {
            if (char.IsAsciiLetter(c))
            {
                word.Append(char.ToLowerInvariant(c));
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        var runs = new HashSet<ulong>();
        for (var i = 0; i + Words <= words.Count; i++)
        {
            var hash = Hashing.Sha256(Encoding.UTF8.GetBytes(string.Join(' ', words.GetRange(i, Words))));
            runs.Add(Convert.ToUInt64(hash[..16], 16));
        }
        return runs;
    }
}
