using Tda.Store;
using Tda.TestKit;

namespace Tda.Review.Tests;

public class LogHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_RunsThatStoppedAndOneThatGoesOn_AddUp()
    {
        var health = LogHealth.Of(
        [
            Session("a", 10, 7, stopped: true) with { Drops = new Dictionary<string, long> { ["opt_out"] = 3 } },
            Session("b", 5, 5, stopped: true) with { Drops = new Dictionary<string, long> { [GatewaySession.RefusedCause] = 1 } },
            Session("c", 8, 6, stopped: false),
        ]);

        Assert.Equal(("ok", 23, 17, 4, 2, 0), (health.Status, health.Forwarded, health.Recorded, health.Dropped, health.InFlight, health.Difference));
    }

    [Fact]
    public void Of_ARunThatLostOne_Incomplete()
    {
        var health = LogHealth.Of([Session("a", 10, 9, stopped: true)]);

        Assert.Equal(("incomplete", 1), (health.Status, health.Difference));
        Assert.Contains("tda exchanges verify", Assert.Single(health.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_WithinSeconds_LooksOnceOnly()
    {
        using var home = new TempDirectory();
        var time = new FakeTimeProvider(Start);
        await using var log = await ExchangeStore.OpenAsync(new TdaHome(home.Path), time: time);
        var health = new LogHealth(log, time);
        await health.RefreshAsync(default);
        await ((IExchangeWriter)log).SaveSessionAsync(Session("a", 1, 1, stopped: true));

        await health.RefreshAsync(default);
        Assert.Equal(0, health.Last.Forwarded);
        time.Advance(TimeSpan.FromSeconds(5));
        await health.RefreshAsync(default);

        Assert.Equal(1, health.Last.Forwarded);
    }

    private static GatewaySession Session(string id, long forwarded, long spooled, bool stopped) => new()
    {
        Id = id,
        StartedAt = Start,
        StoppedAt = stopped ? Start : null,
        Durability = "written",
        Forwarded = forwarded,
        Spooled = spooled,
    };
}
