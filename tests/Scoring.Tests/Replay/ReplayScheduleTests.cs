using Tda.Scoring.Replay;

namespace Tda.Scoring.Tests.Replay;

public class ReplayScheduleTests
{
    /// <summary>Walks back over n steps as the replay does, and counts what is kept and how often each step is computed.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 100)]
    [InlineData(100, 100)]
    [InlineData(100, 19)] // √100 twice, less one
    [InlineData(100, 1)]
    [InlineData(1500, 80)]
    [InlineData(1500, 40)]
    [InlineData(1500, 1)]
    public void Branching_AnyNumberOfStates_KeepsNoMoreAndComputesEachStepAsOftenAsSaid(int steps, int states)
    {
        var branching = ReplaySchedule.Branching(steps, states);
        var levels = ReplaySchedule.Levels(steps, branching);
        var kept = new Stack<int>([0]);
        var (most, computed) = (1, 0);
        for (var end = steps; end > 0; end--)
        {
            while (kept.Peek() >= end)
            {
                kept.Pop();
            }

            while (kept.Peek() < end - 1)
            {
                var from = kept.Peek();
                var stride = ReplaySchedule.Stride(end - from, branching);
                for (var at = from + stride; at < end; at += stride)
                {
                    kept.Push(at);
                    computed += stride;
                }
            }

            Assert.Equal(end - 1, kept.Peek());
            most = Math.Max(most, kept.Count);
        }

        Assert.True(most <= ReplaySchedule.Kept(branching, levels), $"{most} states were kept, {ReplaySchedule.Kept(branching, levels)} announced");
        Assert.True(branching == 2 || most <= states, $"{most} states were kept of {states}");
        Assert.True(computed <= (long)levels * steps, $"{computed} steps were computed, {levels} levels of {steps} announced");
    }
}
