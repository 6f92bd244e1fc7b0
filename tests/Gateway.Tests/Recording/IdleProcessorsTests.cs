using Tda.Gateway.Recording;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Recording;

public sealed class IdleProcessorsTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();

    private string Stat => Path.Combine(_directory.Path, "stat");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void SinceLastCall_CountersGrow_IsIdleAndWaitingTimeOverTheTimeThatPassed()
    {
        Write(idle: 1000, waiting: 50);
        var idle = new IdleProcessors(_time, Stat);
        _time.Advance(TimeSpan.FromSeconds(2));
        Write(idle: 1080, waiting: 70); // a second of idle time in two
        Assert.Equal(.5, idle.SinceLastCall()!.Value, 12);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, idle.SinceLastCall());
    }

    [Theory]
    [InlineData("")]
    [InlineData("intr 1 2 3 4 5 6")]
    [InlineData("cpu  1 2 3")]
    [InlineData("cpu  1 2 3 x y z")]
    public void SinceLastCall_NotAStat_IsNull(string text)
    {
        File.WriteAllText(Stat, text);
        var idle = new IdleProcessors(_time, Stat);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(idle.SinceLastCall());
    }

    [Fact]
    public void SinceLastCall_NoFile_IsNull()
    {
        var idle = new IdleProcessors(_time, Stat);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(idle.SinceLastCall());
    }

    private void Write(long idle, long waiting) => File.WriteAllText(Stat, $"cpu  100 0 200 {idle} {waiting} 0 7 0 0 0\ncpu0 1 2 3 4 5\n");
}
