namespace Tda.Curation.Selection;

/// <summary>Moves a mask's runs of neighbouring tokens into random documents, document by document.</summary>
internal static class RandomRuns
{
    public static List<MaskedDocument> Draw(DocumentTokenScores[] sorted, MaskResult like, Random random)
    {
        var free = sorted.ToList();
        var masked = new List<MaskedDocument>();

        // Longest pattern first: it has the fewest documents that can hold it.
        foreach (var runs in like.Documents.OrderBy(d => d.Id, StringComparer.Ordinal).Select(d => Runs(d.Tokens)).OrderByDescending(r => r.Sum()))
        {
            var fitting = free.Where(d => d.Tokens.Count >= runs.Sum() + runs.Count - 1).ToList();
            if (fitting.Count == 0)
            {
                throw new BadInputException("token scores", $"no document is left that can hold {runs.Sum()} masked tokens", remedy: "use another shape for the control");
            }

            var chosen = fitting[random.Next(fitting.Count)];
            free.Remove(chosen);
            masked.Add(MaskedDocument.Of(chosen, 0, Place(runs, chosen.Tokens.Count, random)));
        }

        return [.. masked.OrderBy(m => m.Id, StringComparer.Ordinal)];
    }

    /// <summary>Lengths of the runs of consecutive numbers.</summary>
    internal static List<int> Runs(int[] ascending)
    {
        var runs = new List<int>();
        for (var i = 0; i < ascending.Length; i++)
        {
            if (i > 0 && ascending[i] == ascending[i - 1] + 1)
            {
                runs[^1]++;
            }
            else
            {
                runs.Add(1);
            }
        }

        return runs;
    }

    private static List<int> Place(List<int> runs, int length, Random random)
    {
        var shuffled = runs.ToArray();
        random.Shuffle(shuffled);

        // Runs keep one unmasked token between them; the spare tokens are dealt to the gaps by choosing where the runs stand among them.
        var spare = length - shuffled.Sum() - (shuffled.Length - 1);
        var stand = RandomMask.Sample(shuffled.Length, spare + shuffled.Length, random).ToArray();
        var places = new List<int>();
        var used = 0;
        for (var i = 0; i < shuffled.Length; i++)
        {
            var start = (int)(stand[i] - i) + used + i;
            places.AddRange(Enumerable.Range(start, shuffled[i]));
            used += shuffled[i];
        }

        return places;
    }
}
