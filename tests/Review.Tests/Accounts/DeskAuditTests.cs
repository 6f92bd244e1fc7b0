using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tda.Review.Accounts;
using Tda.Review.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Review.Tests.Accounts;

public class DeskAuditTests
{
    [Fact]
    public async Task AddRefusal_AThousandInAMinute_TwentyWrittenAndTheOthersCounted()
    {
        using var home = new TempDirectory();
        var time = new FakeTimeProvider();
        await using var log = await ExchangeStore.OpenAsync(new TdaHome(home.Path), time: time);
        using var logs = LoggerFactory.Create(_ => { });
        var audit = new DeskAudit(log, time, logs.CreateLogger("test"));
        var context = new DefaultHttpContext();

        for (var i = 0; i < 1000; i++)
        {
            await audit.AddRefusalAsync(context, "somebody", "login_failed", "unknown", "basic");
        }

        Assert.Equal(20, (await log.AuditsAsync(limit: 2000)).Count);
        time.Advance(TimeSpan.FromMinutes(1));
        await audit.AddRefusalAsync(context, "somebody", "login_failed", "unknown", "basic");

        Assert.Equal("basic; 980 before this one weren't written", (await log.AuditsAsync(limit: 1))[0].Detail);
    }

    [Fact]
    public async Task Add_LogAway_WarnsAndGoesOn()
    {
        var logs = new CapturedLogs();

        await new DeskAudit(new AwayLog(), new FakeTimeProvider(), logs).AddAsync(new DefaultHttpContext(), "ann", "login");

        Assert.StartsWith("Warning: login couldn't be written into the audit", Assert.Single(logs.Lines), StringComparison.Ordinal);
    }

    /// <summary>A log that can't be reached.</summary>
    private sealed class AwayLog : IExchangeWriter
    {
        public string Location => "nowhere";

        public Task AppendAsync(IReadOnlyList<Exchange> exchanges, IReadOnlyList<GatewaySession> sessions, CancellationToken cancellationToken = default) => throw Away();

        public Task SyncAsync(CancellationToken cancellationToken = default) => throw Away();

        public Task<bool> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default) => throw Away();

        public Task AuditAsync(AuditEntry entry, CancellationToken cancellationToken = default) => throw Away();

        private static TdaException Away() => new("the log can't be reached");
    }
}
