using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Capture;
using Tda.Gateway.Recording;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Spool;
using Tda.Store;
using Tda.Store.Tests;
using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Budget;

/// <summary>What the spool holds is more than there is memory for: it is parsed and put together bit by bit.</summary>
public class ParsedBatchTests
{
    private const string Run = "0193d2a0-0000-7000-8000-00000000000a";

    [Fact]
    public async Task Store_ParsedTakesMoreThanItMay_StoredInPartsAndAllOfItOnce()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run(Run, DateTimeOffset.UnixEpoch, 5);
        var recorded = new List<string>();
        var sink = new ExchangeSink(store, log.Home.SpoolDirectory, mostParsed: 1, exchange => recorded.Add(exchange.Id), static () => null, NullLogger.Instance);
        List<SpooledExchange> batch = [.. exchanges.Select(exchange => new SpooledExchange(exchange, new ArrivalTimes()))];

        for (var left = 4; left >= 0; left--)
        {
            Assert.Equal(0, await sink.StoreAsync(batch, session));
            Assert.Equal(left, batch.Count);
        }

        Assert.Equal(exchanges.Select(exchange => exchange.Id), recorded);
        Assert.Equal(5, (await store.CountAsync(ExchangeFilter.All)).Total);
        Assert.True((await ExchangeVerifier.VerifyAsync(store)).Passed);
    }

    // Their bodies were all held at a time, those of exchanges that had been settled since too.
    [Fact]
    public void Unsettled_OpenedAndContinuedInManySegments_EachReadWhenItIsAskedFor()
    {
        const int Open = 8;
        var session = Guid.Parse(Run);
        using var root = new TempDirectory();
        using var directory = SpoolDirectory.Create(root.Path, session);
        using (var writer = SpoolSamples.Writer(directory))
        {
            for (var i = 0; i < Open; i++)
            {
                using var record = SpoolSamples.Record(session, i, requestBytes: 40_000, responseBytes: 1000 + i);
                writer.Append(FrameType.Open, record.Meta, record.Request.Span, record.Response.Span);
            }

            for (var piece = 0; piece < 3; piece++)
            {
                for (var i = 0; i < Open; i++)
                {
                    writer.Append(FrameType.Piece, PartialExchanges.PieceHeader(SpoolSamples.Id(i), 1000 + i + (piece * 10_000)), Piece(i, piece));
                }
            }

            using var settled = SpoolSamples.Record(session, 3);
            writer.AppendExchange(settled, buffered: false);
        }

        Assert.True(SpoolDirectory.Segments(directory.Path).Count > 5);
        var (exchanges, reader) = SpoolSamples.ReadAll(directory.Path);
        using (reader)
        {
            Assert.Single(exchanges);
            var number = 1;
            var order = new[] { 0, 1, 2, 4, 5, 6, 7 };
            foreach (var (i, (exchange, _)) in order.Zip(reader.Unsettled()))
            {
                using var record = SpoolSamples.Record(session, i, requestBytes: 40_000, responseBytes: 1000 + i);
                Assert.Equal((SpoolSamples.Id(i), (long?)++number), (exchange.Id, exchange.Sequence));
                Assert.Equal(record.Request.ToArray(), exchange.RequestBody.Bytes);
                Assert.Equal([.. record.Response.ToArray(), .. Piece(i, 0), .. Piece(i, 1), .. Piece(i, 2)], exchange.ResponseBody.Bytes);
            }

            Assert.Equal(order.Length + 1, number);
            Assert.Empty(reader.Faults);
        }

        static byte[] Piece(int exchange, int piece)
        {
            var bytes = new byte[10_000];
            new Random((exchange * 10) + piece).NextBytes(bytes);
            return bytes;
        }
    }
}
