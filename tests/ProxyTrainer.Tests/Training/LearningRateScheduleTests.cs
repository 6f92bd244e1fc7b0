using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void At_TenSteps_IsAsByHand()
    {
        // Two warm-up steps, then eight of a cosine from 1 to .1: .1 + .45 (1 + cos(πk/8)), k = 1..8.
        var schedule = new LearningRateSchedule(1, 10, 0.2, 0.1);
        double[] expected = [0.5, 1, 0.96574578, 0.86819805, 0.72220755, 0.55, 0.37779245, 0.23180195, 0.13425422, 0.1];
        for (var step = 0; step < 10; step++)
        {
            Assert.Equal(expected[step], schedule.At(step), 1e-8);
        }
    }
}
