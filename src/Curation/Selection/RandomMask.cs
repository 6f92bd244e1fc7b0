namespace Tda.Curation.Selection;

/// <summary>
/// The control that every mask needs: as many label tokens, chosen by a seeded random number. What the mask achieves and
/// this does not is due to the choice of tokens rather than to training on fewer of them.
/// </summary>
public static class RandomMask
{
    /// <param name="documents">The documents that <paramref name="like"/> was selected from, in any order.</param>
    /// <param name="like">The mask to match in size.</param>
    /// <param name="shape">What else to match.</param>
    /// <param name="seed">Same seed, same scores: same mask.</param>
    /// <exception cref="BadInputException">The shape does not fit: the mask comes from other documents.</exception>
    public static MaskResult Like(IReadOnlyList<DocumentTokenScores> documents, MaskResult like, RandomMaskShape shape, int seed)
    {
        // Sorted by id, so that the control, like the mask, does not depend on the documents' order.
        var sorted = documents.OrderBy(d => d.Id, StringComparer.Ordinal).ToArray();
        var random = SplitMix64.Of(seed);
        var masked = shape switch
        {
            RandomMaskShape.Tokens => Uniform(sorted, like.MaskedTokens, random),
            RandomMaskShape.SameDocuments => SameDocuments(sorted, like, random),
            RandomMaskShape.SameRuns => RandomRuns.Draw(sorted, like, random),
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape."),
        };
        var aboveTau = documents.ToDictionary(d => d.Id, d => d, StringComparer.Ordinal);
        return like with
        {
            Tau = double.NaN,
            MaskedAbove = masked.Sum(m => CountAbove(aboveTau[m.Id], m.Tokens, like.Tau)),
            Documents = masked,
        };
    }

    /// <summary>Exactly <paramref name="count"/> of the numbers 0 … <paramref name="of"/>-1, ascending, each set equally likely.</summary>
    internal static IEnumerable<long> Sample(long count, long of, SplitMix64 random)
    {
        // Selection sampling (Knuth 3.4.2 S): one pass, no memory.
        for (long seen = 0, taken = 0; taken < count; seen++)
        {
            if (random.NextDouble() * (of - seen) >= count - taken)
            {
                continue;
            }

            taken++;
            yield return seen;
        }
    }

    private static List<MaskedDocument> Uniform(DocumentTokenScores[] sorted, long count, SplitMix64 random)
    {
        var total = sorted.Sum(d => (long)d.Tokens.Count);
        if (count > total)
        {
            throw new BadInputException("token scores", $"the mask has {count} tokens, the documents only {total}");
        }

        var masked = new List<MaskedDocument>();
        var (document, before, places) = (0, 0L, new List<int>());
        foreach (var drawn in Sample(count, total, random))
        {
            while (drawn >= before + sorted[document].Tokens.Count)
            {
                Next();
            }

            places.Add((int)(drawn - before));
        }

        Flush();
        return masked;

        void Next()
        {
            Flush();
            before += sorted[document++].Tokens.Count;
        }

        void Flush()
        {
            if (places.Count > 0)
            {
                masked.Add(MaskedDocument.Of(sorted[document], 0, places));
            }

            places.Clear();
        }
    }

    private static List<MaskedDocument> SameDocuments(DocumentTokenScores[] sorted, MaskResult like, SplitMix64 random)
    {
        var wanted = like.Documents.ToDictionary(d => d.Id, d => d.Tokens.Length, StringComparer.Ordinal);
        var masked = sorted
            .Where(d => wanted.ContainsKey(d.Id))
            .Select(d => MaskedDocument.Of(d, 0, Sample(wanted[d.Id], d.Tokens.Count, random).Select(place => (int)place)))
            .ToList();
        if (masked.Count != wanted.Count)
        {
            throw new BadInputException("token scores", $"the mask names {wanted.Count} documents, the scores know {masked.Count} of them");
        }

        return masked;
    }

    private static long CountAbove(DocumentTokenScores document, int[] tokens, double tau)
    {
        var masked = tokens.ToHashSet();
        return Enumerable.Range(0, document.Tokens.Count).Count(i => masked.Contains(document.Tokens[i]) && document.Scores[i] > tau);
    }
}

/// <summary>What a random control keeps of the mask that it stands beside. Each has exactly as many masked tokens.</summary>
public enum RandomMaskShape
{
    /// <summary>Only the number of tokens: drawn uniformly from all label tokens.</summary>
    Tokens,

    /// <summary>The documents and how many tokens in each; drawn uniformly within each document. Tests the choice of tokens alone.</summary>
    SameDocuments,

    /// <summary>
    /// The runs of neighbouring masked tokens (their lengths, and how many a document), in documents drawn at random.
    /// Tests the choice of documents and tokens at equal clustering.
    /// </summary>
    SameRuns,
}

/// <summary>Moves a mask's runs of neighbouring tokens into random documents, document by document.</summary>
internal static class RandomRuns
{
    public static List<MaskedDocument> Draw(DocumentTokenScores[] sorted, MaskResult like, SplitMix64 random)
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

            var chosen = fitting[random.NextInt(fitting.Count)];
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

    private static List<int> Place(List<int> runs, int length, SplitMix64 random)
    {
        var shuffled = runs.ToArray();
        random.Shuffle<int>(shuffled);

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
