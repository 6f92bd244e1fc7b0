namespace Tda.Core.Tests.Statistics;

public sealed class PerformanceProfileTests
{
    private const double Missed = double.PositiveInfinity;

    // Best times 10, 4, 2, and none on the last workload.
    private static readonly double[][] Table =
    [
        [10, 8, 2, Missed],     // r = 1, 2, 1, ∞
        [20, 4, 8, Missed],     // r = 2, 1, 4, ∞
        [40.1, Missed, 5, Missed], // r = ∞ (beyond four), ∞, 2.5, ∞
    ];

    [Theory]
    [InlineData(0, 1, .5)]
    [InlineData(0, 1.99, .5)]
    [InlineData(0, 2, .75)]
    [InlineData(0, 4, .75)]
    [InlineData(1, 1, .25)]
    [InlineData(1, 2, .5)]
    [InlineData(1, 4, .75)]
    [InlineData(2, 2.49, 0)]
    [InlineData(2, 2.5, .25)]
    [InlineData(2, 1e9, .25)]
    public void At_HandMadeTable_IsTheShareOfWorkloadsWithinTau(int contender, double tau, double expected) =>
        Assert.Equal(expected, new PerformanceProfile(Table).At(contender, tau), 12);

    [Theory]
    [InlineData(0, (3 + 2 + 3) / 12.0)]
    [InlineData(1, (2 + 3 + 0) / 12.0)]
    [InlineData(2, 1.5 / 12.0)]
    public void Score_HandMadeTable_IsTheAreaUnderTheProfile(int contender, double expected)
    {
        var profile = new PerformanceProfile(Table);
        Assert.Equal(expected, profile.Score(contender), 12);

        // The slow way: a sum over thin slices of τ.
        const int Slices = 30_000;
        var area = Enumerable.Range(0, Slices).Average(i => profile.At(contender, 1 + (3 * (i + 0.5) / Slices)));
        Assert.Equal(expected, area, 4);
    }

    [Fact]
    public void Score_OtherUnitOfTime_IsTheSame()
    {
        var (seconds, hours) = (new PerformanceProfile(Table), new PerformanceProfile([.. Table.Select(row => row.Select(t => t / 3600).ToArray())]));
        Assert.All(Enumerable.Range(0, 3), c => Assert.Equal(seconds.Score(c), hours.Score(c), 12));
    }

    [Fact]
    public void MedianOfBest_ThreeStudies_IsTheMiddleOne()
    {
        Assert.Equal(7, PerformanceProfile.MedianOfBest([[9, 7, Missed], [3, 30], [Missed, Missed]]));
        Assert.Equal(Missed, PerformanceProfile.MedianOfBest([[Missed], [3], [Missed]]));
        Assert.Equal(4, PerformanceProfile.MedianOfBest([[3], [5]]));
    }

    [Fact]
    public void Constructor_TableWithHoles_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new PerformanceProfile([]));
        Assert.Throws<ArgumentException>(() => new PerformanceProfile([[1, 2], [1]]));
        Assert.Throws<ArgumentException>(() => new PerformanceProfile([[0, 2]]));
        Assert.Throws<ArgumentException>(() => new PerformanceProfile([[double.NaN, 2]]));
    }
}
