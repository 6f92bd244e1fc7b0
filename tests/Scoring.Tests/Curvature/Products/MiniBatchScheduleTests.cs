using Tda.Scoring.Curvature.Products;

namespace Tda.Scoring.Tests.Curvature.Products;

public class MiniBatchScheduleTests
{
    [Fact]
    public void Step_OnePass_SeesEverySequenceOnce()
    {
        var schedule = new MiniBatchSchedule(12, 4, seed: 3);
        for (var pass = 0; pass < 3; pass++)
        {
            Assert.Equal(Enumerable.Range(0, 12), Enumerable.Range(3 * pass, 3).SelectMany(k => schedule.Step(k)!).Order());
        }

        Assert.NotEqual(schedule.Step(0), schedule.Step(3));
    }

    [Fact]
    public void Step_SameSeed_DoesNotDependOnWhatWasAskedBefore()
    {
        var (one, other) = (new MiniBatchSchedule(30, 7, seed: 8), new MiniBatchSchedule(30, 7, seed: 8));
        one.Step(11);
        Assert.Equal(one.Step(2), other.Step(2));
        Assert.NotEqual(one.Step(2), new MiniBatchSchedule(30, 7, seed: 9).Step(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9)]
    public void Step_BatchOfAllOrMore_IsTheWhole(int batch)
    {
        var schedule = new MiniBatchSchedule(5, batch, seed: 1);
        Assert.True(schedule.IsFull);
        Assert.Null(schedule.Step(3));
        Assert.Null(schedule.Sample(2));
    }
}
