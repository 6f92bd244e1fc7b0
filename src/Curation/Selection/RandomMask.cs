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
        var random = new Random(seed);
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
    internal static IEnumerable<long> Sample(long count, long of, Random random)
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

    private static List<MaskedDocument> Uniform(DocumentTokenScores[] sorted, long count, Random random)
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

    private static List<MaskedDocument> SameDocuments(DocumentTokenScores[] sorted, MaskResult like, Random random)
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
