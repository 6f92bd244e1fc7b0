namespace Tda.Core.Banks;

/// <summary>What is retrained on what, and asked what.</summary>
/// <param name="Kind">How the subsets were chosen.</param>
/// <param name="Documents">Ids of the N documents.</param>
/// <param name="Queries">Ids of the Q queries.</param>
/// <param name="Kept">Per subset: which documents its models are trained on, [M][N].</param>
/// <param name="Seeds">R: models a subset, which differ in seed only; 1 to 1,000.</param>
public sealed record BankPlan(
    BankKind Kind, IReadOnlyList<string> Documents, IReadOnlyList<string> Queries, IReadOnlyList<bool[]> Kept, int Seeds)
{
    private const int MostSeeds = 1_000;

    /// <summary>All retrainings: every subset's first model, then every subset's second, …, so that a bank stopped early is even.</summary>
    public IEnumerable<Retraining> Retrainings =>
        Enumerable.Range(0, Seeds).SelectMany(seed => Enumerable.Range(0, Kept.Count).Select(subset => new Retraining(subset, seed)));

    /// <summary>Random subsets of half the documents (rounded down). Subset m is a function of seed and m alone.</summary>
    public static BankPlan HalfSubsets(
        IReadOnlyList<string> documents, IReadOnlyList<string> queries, int subsets, int seeds, long seed = 0) =>
        new(BankKind.HalfSubsets, documents, queries, [.. Enumerable.Range(0, subsets).Select(m => Half(documents.Count, seed, m))], seeds);

    /// <summary>A random half of some documents (rounded down), a function of seed and number alone.</summary>
    public static bool[] Half(int documents, long seed, int subset)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, subset));
        var kept = new bool[documents];
        // Floyd's draw without replacement.
        for (var last = documents - documents / 2; last < documents; last++)
        {
            var drawn = random.NextInt(last + 1);
            kept[kept[drawn] ? last : drawn] = true;
        }
        return kept;
    }

    /// <summary>All documents, then all but each of <paramref name="left"/>.</summary>
    /// <exception cref="UsageException">An id isn't a document's.</exception>
    public static BankPlan LeaveOneOut(
        IReadOnlyList<string> documents, IReadOnlyList<string> queries, IEnumerable<string> left, int seeds) =>
        Without(BankKind.LeaveOneOut, documents, queries, left.Select(id => (IReadOnlyCollection<string>)[id]), seeds);

    /// <summary>All documents, then all but each list.</summary>
    /// <exception cref="UsageException">An id isn't a document's.</exception>
    public static BankPlan Removal(
        IReadOnlyList<string> documents, IReadOnlyList<string> queries, IEnumerable<IReadOnlyCollection<string>> removed, int seeds) =>
        Without(BankKind.Removal, documents, queries, removed, seeds);

    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate()
    {
        var wrong = Kept.Count(kept => kept.Length != Documents.Count);
        var empty = Kept.Count(kept => !kept.Contains(true));
        var errors = new OptionChecks()
            .With(Faults(Documents, "document"))
            .With(Faults(Queries, "query"))
            .Require(Kept.Count > 0, $"there are no subsets")
            .Require(Seeds is >= 1 and <= MostSeeds, $"{Seeds} seeds is not between 1 and {MostSeeds:N0}")
            .Require(wrong == 0, $"{wrong} subsets are not of {Documents.Count} documents")
            .Require(empty == 0, $"{empty} subsets keep no document")
            .Errors;
        if (errors.Count > 0)
        {
            throw new UsageException($"The bank's plan is wrong: {string.Join("; ", errors)}.");
        }
    }

    private static IEnumerable<string> Faults(IReadOnlyList<string> ids, string what)
    {
        if (ids.Count == 0)
        {
            yield return $"there is no {what}";
        }

        if (ids.CountBy(id => id, StringComparer.Ordinal).FirstOrDefault(group => group.Value > 1) is { Key: { } twice, Value: var times })
        {
            yield return $"{what} '{twice}' comes {times} times";
        }
    }

    private static BankPlan Without(
        BankKind kind, IReadOnlyList<string> documents, IReadOnlyList<string> queries, IEnumerable<IReadOnlyCollection<string>> removed,
        int seeds)
    {
        var places = documents.Select((id, i) => (id, i)).DistinctBy(d => d.id).ToDictionary(d => d.id, d => d.i, StringComparer.Ordinal);
        List<bool[]> kept = [Enumerable.Repeat(true, documents.Count).ToArray()];
        foreach (var list in removed)
        {
            bool[] rest = [.. kept[0]];
            foreach (var id in list)
            {
                rest[places.TryGetValue(id, out var place)
                    ? place
                    : throw new UsageException($"The bank can't leave out '{id}': there is no such document.")] = false;
            }

            kept.Add(rest);
        }
        return new(kind, documents, queries, kept, seeds);
    }
}

/// <summary>How the subsets of a bank were chosen, and so what it can grade.</summary>
public enum BankKind
{
    /// <summary>Random halves of the documents: the linear datamodelling score.</summary>
    HalfSubsets,

    /// <summary>
    /// Halves chosen by a posterior, for what their measurement tells: datamodels may be fitted on them, but they are no random sample to
    /// grade by.
    /// </summary>
    AdaptiveHalves,

    /// <summary>All documents first, then all but one: leave-one-out.</summary>
    LeaveOneOut,

    /// <summary>All documents first, then all but a list each: what removing a method's top documents does.</summary>
    Removal,
}

/// <summary>One model to train for a bank.</summary>
/// <param name="Subset">Which subset of the documents, from 0.</param>
/// <param name="Seed">Which of the subset's models, from 0.</param>
public readonly record struct Retraining(int Subset, int Seed)
{
    /// <summary>
    /// Seed of its weights: no two retrainings of a bank share one, and none has a seed below 1,000, which models trained on all
    /// documents use. It doesn't depend on how many subsets or seeds the bank has.
    /// </summary>
    public long TrainingSeed => 1_000L * (Subset + 1) + Seed;
}
