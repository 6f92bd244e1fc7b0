using Tda.Core.Masks;

namespace Tda.Curation.Selection;

/// <summary>
/// The control that every mask needs: as many label tokens, chosen by a seeded random number. It keeps the runs of neighbouring masked
/// tokens (their lengths, and how many a document) and moves them into random documents. What the mask achieves and this doesn't is due
/// to the choice of documents and tokens, rather than to training on fewer of them.
/// </summary>
public static class RandomMask
{
    /// <param name="documents">The documents that <paramref name="like"/> was selected from, in any order.</param>
    /// <param name="like">The mask to match.</param>
    /// <param name="seed">Same seed, same scores: same mask.</param>
    /// <exception cref="BadInputException">The runs don't fit: the mask comes from other documents.</exception>
    /// <returns>The control's masks, by document id.</returns>
    public static IReadOnlyList<DocumentMask> Like(IReadOnlyList<DocumentTokenScores> documents, IEnumerable<DocumentMask> like, int seed)
    {
        // Sorted by id, so that the control, like the mask, does not depend on the documents' order.
        var free = documents.OrderBy(d => d.Id, StringComparer.Ordinal).ToList();
        var random = SplitMix64.Of(seed);
        var masked = new List<MaskedDocument>();

        // Longest pattern first: it has the fewest documents that can hold it.
        foreach (var runs in like.OrderBy(d => d.Id, StringComparer.Ordinal).Select(d => Runs(d.Tokens)).OrderByDescending(r => r.Sum()))
        {
            var fitting = free.Where(d => d.Tokens.Length >= runs.Sum() + runs.Count - 1).ToList();
            if (fitting.Count == 0)
            {
                throw new BadInputException("token scores", $"no document is left that can hold {runs.Sum()} tokens of a random control");
            }

            var chosen = fitting[random.NextInt(fitting.Count)];
            free.Remove(chosen);
            masked.Add(MaskedDocument.Of(chosen, Place(runs, chosen.Tokens.Length, random)));
        }

        return [.. masked.OrderBy(m => m.Id, StringComparer.Ordinal).Select(m => new DocumentMask(m.Id, m.Tokens, m.Spans))];
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

    private static List<int> Place(List<int> runs, int length, SplitMix64 random)
    {
        var shuffled = runs.ToArray();
        random.Shuffle<int>(shuffled);

        // Runs keep one unmasked token between them; the spare tokens are dealt to the gaps by choosing where the runs stand among them.
        var spare = length - shuffled.Sum() - (shuffled.Length - 1);
        var stand = Sample(shuffled.Length, spare + shuffled.Length, random).ToArray();
        var places = new List<int>();
        var used = 0;
        for (var i = 0; i < shuffled.Length; i++)
        {
            places.AddRange(Enumerable.Range(stand[i] + used, shuffled[i]));
            used += shuffled[i];
        }

        return places;
    }

    /// <summary>Exactly <paramref name="count"/> of the numbers 0 … <paramref name="of"/>-1, ascending, each set equally likely.</summary>
    private static IEnumerable<int> Sample(int count, int of, SplitMix64 random)
    {
        // Selection sampling (Knuth 3.4.2 S): one pass, no memory.
        for (int seen = 0, taken = 0; taken < count; seen++)
        {
            if (random.NextDouble() * (of - seen) < count - taken)
            {
                taken++;
                yield return seen;
            }
        }
    }
}
