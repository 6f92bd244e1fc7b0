using Tda.Gateway.Recording;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Spool;
using Tda.Store;
using Tda.Store.Tests;
using Tda.Store.Verification;

namespace Tda.Gateway.Tests.Faults;

/// <summary>A process that dies while it recovers the spool of one that died: everything comes in once all the same.</summary>
public sealed class InterruptedRecoveryTests : IAsyncLifetime
{
    private const int Exchanges = 700; // three batches
    private static readonly Guid[] Runs = [Guid.Parse("0193d2a0-0000-7000-8000-00000000000b"), Guid.Parse("0193d2a0-0000-7000-8000-00000000000c")];

    private TestLog _log = null!;
    private IExchangeStore _store = null!;

    private string Spool => _log.Home.SpoolDirectory;

    public async ValueTask InitializeAsync()
    {
        _log = await TestLog.CreateAsync(Databases.Sqlite);
        _store = await _log.OpenAsync();
        foreach (var (run, first) in Runs.Zip((int[])[0, 1000]))
        {
            using var directory = SpoolDirectory.Create(Spool, run);
            using var writer = SpoolSamples.Writer(directory);
            for (var i = 0; i < Exchanges; i++)
            {
                writer.AppendExchange(SpoolSamples.Record(run, first + i, 100, 300), buffered: i % 3 == 0);
            }

            // One under way when its gateway died.
            using var open = SpoolSamples.Record(run, first + Exchanges);
            writer.Append(FrameType.Open, open.Meta, open.Request.Span, open.Response.Span);
        }
    }

    public async ValueTask DisposeAsync() => await _log.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DiesAtEveryAppend_EverythingIsInTheLogOnce(bool afterTheCommit)
    {
        var deaths = 0;
        for (var survived = 0; ; survived++)
        {
            var appends = 0;
            Func<IReadOnlyList<Exchange>, Exception?> dies = _ => appends++ == survived ? new IOException("the process died") : null;
            var dying = afterTheCommit ? FaultyStore.Over(_store, after: dies) : FaultyStore.Over(_store, before: dies);
            try
            {
                await SpoolReplay.RunAsync(dying, Spool);
                break;
            }
            catch (IOException)
            {
                deaths++;
                Assert.NotEmpty(SpoolDirectory.All(Spool));
            }
        }

        Assert.InRange(deaths, 5, 20);
        Assert.Empty(SpoolDirectory.All(Spool));
        var ids = await _store.ReadAsync(ExchangeFilter.All).Select(exchange => exchange.Id).ToListAsync();
        Assert.Equal(Enumerable.Range(0, Exchanges + 1).SelectMany(i => (string[])[SpoolSamples.Id(i), SpoolSamples.Id(1000 + i)]).Order(), ids.Order());
        var verified = await ExchangeVerifier.VerifyAsync(_store);
        Assert.True(verified.Passed, string.Join('\n', verified.Faults));
        Assert.Equal((2L * (Exchanges + 1), verified.Forwarded), (verified.Recorded, verified.Recorded));
    }

    [Fact]
    public async Task Run_DiedWhileAFolderWasRemoved_TheRestGoesAndIsNotRecoveredAgain()
    {
        await SpoolReplay.RunAsync(_store, Spool);
        var half = Directory.CreateDirectory(Path.Combine(Spool, $"{Runs[0]}.done"));
        File.WriteAllText(Path.Combine(half.FullName, SpoolDirectory.SegmentName(3)), "a segment that its folder's removal did not come to");

        var result = await SpoolReplay.RunAsync(_store, Spool);

        Assert.False(Directory.Exists(half.FullName));
        Assert.Equal(0, result.Exchanges);
    }
}
