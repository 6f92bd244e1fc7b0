namespace Tda.Scoring.Curvature.Products;

/// <summary>
/// Which sequences each step of a stochastic solver sees: a seeded permutation a pass, cut in batches of one size, so that every
/// sequence is seen equally often. A function of seed and step alone.
/// </summary>
/// <param name="sequences">How many there are, at least 1.</param>
/// <param name="batch">Sequences a batch; 0, or as many as there are, means all of them.</param>
/// <param name="seed">Seed of the permutations.</param>
public sealed class MiniBatchSchedule(int sequences, int batch, long seed)
{
    private readonly int _perPass = batch <= 0 ? 1 : Math.Max(1, sequences / batch);
    private int _pass = -1;
    private int[] _order = [];

    /// <summary>True when every step sees all sequences.</summary>
    public bool IsFull { get; } = batch <= 0 || batch >= sequences;

    /// <summary>The batch of a step, ascending; null: all.</summary>
    public IReadOnlyList<int>? Step(int step)
    {
        if (IsFull)
        {
            return null;
        }

        if (step / _perPass != _pass)
        {
            _pass = step / _perPass;
            _order = Permutation(_pass);
        }
        return [.. _order.Skip(step % _perPass * batch).Take(batch).Order()];
    }

    /// <summary>A fixed sample of at most <paramref name="size"/> sequences, from a stream of its own; null: all.</summary>
    public IReadOnlyList<int>? Sample(int size) => IsFull || size >= sequences ? null : [.. Permutation(-1).Take(size).Order()];

    private int[] Permutation(int index)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, index + 2));
        var result = Enumerable.Range(0, sequences).ToArray();
        for (var i = sequences - 1; i > 0; i--)
        {
            var other = random.NextInt(i + 1);
            (result[i], result[other]) = (result[other], result[i]);
        }
        return result;
    }
}
