
namespace Tda.ProxyTrainer.Training;

/// <summary>
/// Which examples make up each step, a function of lengths and seed alone: a resumed run recomputes it instead of storing it.
/// </summary>
/// <remarks>
/// An epoch is shuffled, cut into windows of a quarter of the examples, sorted by length within each (so that a batch has
/// little padding), packed under the token budget, and the batches shuffled. Sorting everything at once would give every
/// epoch the same batches.
/// </remarks>
public static class BatchSchedule
{
    private const int SmallestWindow = 64;

    /// <summary>The examples of every step.</summary>
    /// <param name="lengths">Tokens of each example; 0 leaves it out.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="batchTokens">Longest × rows stays within this, but a batch has at least one example.</param>
    /// <param name="seed">Orders the examples.</param>
    public static IReadOnlyList<int[]> Create(IReadOnlyList<int> lengths, int epochs, int batchTokens, long seed) =>
        [.. Enumerable.Range(0, epochs).SelectMany(epoch =>
            Epoch(lengths, batchTokens, SplitMix64.Of(seed, $"epoch {epoch}")))];

    /// <summary>Batches in order of length, each example once: for evaluation.</summary>
    public static IReadOnlyList<int[]> Sorted(IReadOnlyList<int> lengths, int batchTokens) =>
        [.. Pack(Used(lengths).OrderBy(i => lengths[i]), lengths, batchTokens)];

    private static int[][] Epoch(IReadOnlyList<int> lengths, int batchTokens, SplitMix64 random)
    {
        int[] order = [.. Used(lengths)];
        random.Shuffle<int>(order);
        var sorted = order.Chunk(Math.Max(SmallestWindow, (order.Length + 3) / 4)).SelectMany(window => window.OrderBy(i => lengths[i]));
        int[][] batches = [.. Pack(sorted, lengths, batchTokens)];
        random.Shuffle<int[]>(batches);
        return batches;
    }

    private static IEnumerable<int> Used(IReadOnlyList<int> lengths) => Enumerable.Range(0, lengths.Count).Where(i => lengths[i] > 0);

    private static IEnumerable<int[]> Pack(IEnumerable<int> order, IReadOnlyList<int> lengths, int batchTokens)
    {
        var batch = new List<int>();
        var longest = 0;
        foreach (var example in order)
        {
            var with = Math.Max(longest, lengths[example]);
            if (batch.Count > 0 && (long)with * (batch.Count + 1) > batchTokens)
            {
                yield return [.. batch];
                batch.Clear();
                with = lengths[example];
            }

            batch.Add(example);
            longest = with;
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }
}
