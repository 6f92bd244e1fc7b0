using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class BatchScheduleTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 2000).Select(i => new Random(i).Next(0, 120))];

    [Fact]
    public void Create_EveryEpoch_HoldsEveryExampleOnceWithinTheBudget()
    {
        var plan = BatchSchedule.Create(Lengths, 3, 1000, 7);
        var seen = new int[Lengths.Length];
        long padded = 0;
        foreach (var rows in plan)
        {
            long size = rows.Max(i => Lengths[i]) * rows.Length;
            Assert.True(size <= 1000);
            padded += size;
            foreach (var example in rows)
            {
                seen[example]++;
            }
        }

        Assert.All(seen.Zip(Lengths), pair => Assert.Equal(pair.Second > 0 ? 3 : 0, pair.First));
        Assert.True(padded < 3.2 * Lengths.Sum(), $"{padded} tokens with padding, {3 * Lengths.Sum()} without");
    }

    [Fact]
    public void Create_SameSeed_SamePlanOtherwiseAnother()
    {
        int[] Order(long seed) => [.. BatchSchedule.Create(Lengths, 2, 1000, seed).SelectMany(rows => rows)];
        Assert.Equal(Order(1), Order(1));
        Assert.NotEqual(Order(1), Order(2));
        var two = Order(1);
        Assert.NotEqual(two[..(two.Length / 2)], two[(two.Length / 2)..]); // epochs differ
    }
}
