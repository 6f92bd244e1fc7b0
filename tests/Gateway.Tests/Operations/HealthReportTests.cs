using FsCheck.Fluent;
using Tda.Gateway.Configuration;
using Tda.Gateway.Operations;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Operations;

public class HealthReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly HealthReport Good = new() { Forwarded = 10, Recorded = 6, Pending = 2, InFlight = 2 };

    [Fact]
    public void Judged_NothingWrong_OkAndReady()
    {
        var report = Report(Good);

        Assert.Equal(("ok", true, 0L), (report.Status, report.Ready, report.Difference));
        Assert.Equal("10 forwarded = 6 recorded + 2 pending + 0 dropped + 2 in flight", report.Equation);
    }

    [Fact]
    public void Judged_WantedDrops_Ok() =>
        Assert.Equal("ok", Report(Good with { Recorded = 3, Drops = Counts(("sampled_out", 2), ("opt_out", 1)) }).Status);

    [Fact]
    public void Judged_ExchangesUnaccountedFor_DegradedAndSaysHowMany()
    {
        var report = Report(Good with { Recorded = 5 });

        Assert.Equal(("degraded", 1L), (report.Status, report.Difference));
        Assert.EndsWith("+ 1 UNACCOUNTED", report.Equation, StringComparison.Ordinal);
        Assert.Contains("1 exchanges are unaccounted for", report.Reasons);
    }

    [Fact]
    public void Judged_EverythingWrong_EveryReason()
    {
        var report = (Good with { Recorded = 5, Drops = Counts(("spool_failed", 1)), Failure = "the store is down", OldestPending = Now.AddMinutes(-2) }).Judged(
            new ConfigurationStatus { Error = "g.json:1: wrong", NeedsRestart = ["listen"] }, ["the admin credential is the old one: gone"], draining: false, "s", diskFree: 1 << 20, Now);

        Assert.Equal("degraded", report.Status);
        Assert.Equal(
            ["exchanges were dropped: 1 spool_failed", "the store is down", "the admin credential is the old one: gone", "the store is 120 s behind", "only 1 MiB of disk are left", "the changed configuration can't be used"],
            report.Reasons);
        Assert.Equal((120, "g.json:1: wrong"), (report.LagSeconds, report.ConfigurationError));
    }

    [Theory]
    [InlineData(true, false, "refusing")]
    [InlineData(false, true, "draining")]
    [InlineData(true, true, "draining")]
    public void Judged_RefusingOrDraining_NotReady(bool refusing, bool draining, string status)
    {
        var report = (Good with { Refusing = refusing }).Judged(new ConfigurationStatus(), [], draining, "s", null, Now);

        Assert.Equal((status, false), (report.Status, report.Ready));
    }

    [Fact]
    public void Judged_AnyCounters_EquationAddsUp() => Property.Holds(
        from n in Gen.Choose(0, 1_000_000).ListOf(6)
        select n.ToArray(),
        n =>
        {
            var report = Report(new() { Forwarded = n[0], Recorded = n[1], Pending = n[2], InFlight = n[3], Drops = Counts(("a", n[4]), ("b", n[5])) });
            Assert.Equal(report.Forwarded, report.Recorded + report.Pending + report.DeclaredDrops + report.InFlight + report.Difference);
            Assert.Equal(n[4] + n[5], report.DeclaredDrops);
        });

    private static HealthReport Report(HealthReport state) => state.Judged(new ConfigurationStatus(), [], draining: false, "s", 1L << 40, Now);

    private static Dictionary<string, long> Counts(params (string Cause, long Count)[] counts) => counts.ToDictionary(count => count.Cause, count => count.Count);
}
