namespace Tda.Core.Banks;

/// <summary>The part of a bank's retrainings that one job of an array fills.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">Of how many, at least 1.</param>
public sealed record BankShard(int Index, int Count)
{
    /// <summary>All of it.</summary>
    public static BankShard Whole { get; } = new(0, 1);

    /// <summary>Reads <c>i/n</c>, i from 0.</summary>
    /// <exception cref="UsageException">It isn't of that form.</exception>
    public static BankShard Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length == 2 && Number(parts[0]) is { } index && Number(parts[1]) is { } count && index < count)
        {
            return new BankShard(index, count);
        }

        throw new UsageException($"'{text}' is no shard: write i/n with i from 0 to n - 1, e.g. 0/4.");

        static int? Number(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <summary>Its retrainings that are not finished. Which are its own doesn't depend on what is finished.</summary>
    public IReadOnlyList<Retraining> Missing(RetrainingBank bank)
    {
        HashSet<Retraining> missing = [.. bank.Missing];
        return [.. bank.Plan.Retrainings.Where((_, i) => i % Count == Index).Where(missing.Contains)];
    }
}
