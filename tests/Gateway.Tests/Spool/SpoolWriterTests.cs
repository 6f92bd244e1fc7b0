using System.Collections.Concurrent;
using Tda.Gateway.Spool;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Spool;

public sealed class SpoolWriterTests : IDisposable
{
    private static readonly Guid Session = Guid.Parse("0193d2a0-0000-7000-8000-000000000001");
    private readonly TempDirectory _root = new();
    private readonly SpoolDirectory _directory;

    public SpoolWriterTests() => _directory = SpoolDirectory.Create(_root.Path, Session);

    public void Dispose()
    {
        _directory.Dispose();
        _root.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AppendExchange_ManyOfAllSizes_ReadBackInOrderWithoutGapsAcrossSegments(bool synced)
    {
        // Larger than one write, than a segment, empty, and odd lengths that need padding.
        int[] sizes = [0, 1, 7, 8, 9, 2048, 40_000, 300_000, 70_000];
        using (var writer = SpoolSamples.Writer(_directory, synced: synced))
        {
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(i + 1, writer.AppendExchange(SpoolSamples.Record(Session, i, sizes[i % 9], sizes[(i + 4) % 9]), buffered: i % 3 == 0));
            }
        }

        var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
        using (reader)
        {
            Assert.Empty(reader.Faults);
            Assert.Equal(Enumerable.Range(1, 200).Select(i => (long?)i), read.Select(r => r.Exchange.Sequence));
            Assert.All(read.Select((r, i) => (r.Exchange, Number: i)), pair =>
            {
                Assert.Equal(SpoolSamples.Id(pair.Number), pair.Exchange.Id);
                Assert.Equal(RecordedBody.Of(pair.Exchange.RequestBody.Bytes).Sha256, pair.Exchange.RequestBody.Sha256);
                Assert.Equal(RecordedBody.Of(pair.Exchange.ResponseBody.Bytes).Sha256, pair.Exchange.ResponseBody.Sha256);
                Assert.Equal(sizes[pair.Number % 9], pair.Exchange.RequestBody.Bytes.Length);
            });
        }

        Assert.True(SpoolDirectory.Segments(_directory.Path).Count > 10);
    }

    [Fact]
    public void Create_Filled_SegmentIsZerosBehindItsHeaderToItsWholeSize()
    {
        // More than two pieces of the filling, and not a multiple of one.
        const int Capacity = (2 << 20) + 4_096;
        string path;
        using (var segment = SegmentFile.Create(_directory.Path, Session, 7, Capacity, filled: true))
        {
            path = segment.Path;
        }

        var bytes = File.ReadAllBytes(path);
        Assert.Equal(Capacity, bytes.Length);
        Assert.Equal(-1, bytes.AsSpan(SegmentHeader.Size).IndexOfAnyExcept((byte)0));
        Assert.NotEqual(-1, bytes.AsSpan(0, SegmentHeader.Size).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void AppendExchange_Chain_EqualsTheOneRebuiltFromTheExchangesAlone()
    {
        SpoolHead head;
        using (var writer = SpoolSamples.Writer(_directory))
        {
            for (var i = 0; i < 20; i++)
            {
                writer.AppendExchange(SpoolSamples.Record(Session, i), buffered: false);
            }

            head = writer.Head;
        }

        var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
        reader.Dispose();
        var link = ExchangeChain.Start(Session.ToString());
        foreach (var (exchange, _) in read)
        {
            link = ExchangeChain.Next(link, ExchangeEnvelope.Digest(exchange));
            Assert.Equal(Convert.ToHexStringLower(link), exchange.Chain);
        }

        Assert.Equal((20, Convert.ToHexStringLower(link)), (head.Sequence, head.Chain));

        // Any change of what was seen breaks it.
        Assert.NotEqual(ExchangeEnvelope.Digest(read[3].Exchange), ExchangeEnvelope.Digest(read[3].Exchange with { Path = "/v1/else" }));
        Assert.NotEqual(ExchangeEnvelope.Digest(read[3].Exchange), ExchangeEnvelope.Digest(read[3].Exchange with { Sequence = 5 }));
    }

    [Fact]
    public void AppendExchange_ManyThreads_EachIsInTheFileOnceWhenItSaysSo()
    {
        long[] numbers;
        using (var writer = SpoolSamples.Writer(_directory))
        {
            numbers = AtOnce(800, i =>
            {
                var number = writer.AppendExchange(SpoolSamples.Record(Session, i, 100, i % 50 == 0 ? 70_000 : 3000), buffered: i % 3 == 0);
                Assert.True(i % 3 == 0 || writer.Head.Sequence >= number);
                return number;
            });
        }

        Assert.Equal(Enumerable.Range(1, 800).Select(i => (long)i), numbers.Order());
        var read = ReadWhole();
        Assert.Equal(Enumerable.Range(0, 800).Select(SpoolSamples.Id).Order(), read.Select(r => r.Exchange.Id).Order());
        Assert.Equal(Enumerable.Range(1, 800).Select(i => (long?)i), read.Select(r => r.Exchange.Sequence));
    }

    [Fact]
    public void AppendExchange_ManyThreadsAndTooFewSpace_ThoseThatWereTakenAreThereWithoutGaps()
    {
        long[] numbers;
        using (var writer = SpoolSamples.Writer(_directory, maxBytes: 4 * (64 << 10)))
        {
            numbers = AtOnce(400, i =>
            {
                try
                {
                    return writer.AppendExchange(SpoolSamples.Record(Session, i, 1000, 1000), buffered: i % 3 == 0);
                }
                catch (SpoolFullException)
                {
                    return 0;
                }
            });
            writer.Flush();
        }

        var taken = numbers.Where(number => number > 0).Order().ToList();
        Assert.InRange(taken.Count, 50, 399);
        Assert.Equal(taken.Select(number => (long?)number), ReadWhole().Select(r => r.Exchange.Sequence));
    }

    [Fact]
    public void AppendExchange_DiskFailsForAWhile_WhatFailedIsNotThereAndTheNextTakesItsNumber()
    {
        using (var writer = SpoolSamples.Writer(_directory))
        {
            Assert.Equal(1, writer.AppendExchange(SpoolSamples.Record(Session, 0, 100, 3000), buffered: false));
            Assert.Equal(2, writer.AppendExchange(SpoolSamples.Record(Session, 1, 100, 3000), buffered: true));
            using (BrokenFile.Break(_directory.SegmentPath(0)))
            {
                AtOnce(100, i => Assert.ThrowsAny<IOException>(() => writer.AppendExchange(SpoolSamples.Record(Session, 2 + i, 100, 300), buffered: false)));
            }

            Assert.Equal(3, writer.AppendExchange(SpoolSamples.Record(Session, 200, 100, 3000), buffered: false));
        }

        Assert.Equal([SpoolSamples.Id(0), SpoolSamples.Id(1), SpoolSamples.Id(200)], ReadWhole().Select(r => r.Exchange.Id));
    }

    // The first full segment that failed to sync kept the others from the disk, and their files open for ever.
    [Fact]
    public void Sync_OneFullSegmentFails_IsToldAndTheOthersAreSyncedAndClosed()
    {
        using var writer = SpoolSamples.Writer(_directory);
        for (var i = 0; writer.Committed.Segment < 3; i++)
        {
            writer.AppendExchange(SpoolSamples.Record(Session, i, 1000, 1000), buffered: false);
        }

        using (BrokenFile.BreakSync(_directory.SegmentPath(0)))
        {
            Assert.IsType<IOException>(writer.Sync());
        }

        Assert.DoesNotContain(Enumerable.Range(0, 3).Select(number => _directory.SegmentPath(number)), BrokenFile.IsOpen);
        Assert.Null(writer.Sync());
    }

    [Fact]
    public void Append_LimitReached_ThrowsAndGoesOnOnceThereIsSpace()
    {
        var usage = new SpoolUsage(() => 2 * (64 << 10));
        using var writer = new SpoolWriter(new SegmentSupply(_directory, 64 << 10, usage), Session.ToString());
        var written = 0;
        Assert.Throws<SpoolFullException>(() =>
        {
            for (; written < 1000; written++)
            {
                writer.AppendExchange(SpoolSamples.Record(Session, written, 1000, 1000), buffered: false);
            }
        });

        Assert.True(writer.Full);
        Assert.InRange(written, 40, 64);
        usage.Remove(2 * (64 << 10));
        Assert.Equal(written + 1, writer.AppendExchange(SpoolSamples.Record(Session, written, 1000, 1000), buffered: false));
        Assert.False(writer.Full);
    }

    // It was read once, at the start: a changed configuration was told as taken, and changed nothing.
    [Fact]
    public void TryAdd_LimitMoved_HoldsFromThenOn()
    {
        var limit = 10L;
        var usage = new SpoolUsage(() => limit);

        Assert.False(usage.TryAdd(20));
        limit = 20;
        Assert.True(usage.TryAdd(20));
        Assert.False(usage.TryAdd(1));
        limit = 0;
        Assert.True(usage.TryAdd(1));
    }

    [Fact]
    public void Read_WhileItIsWritten_NeverAheadOfTheWriterAndNothingTwice()
    {
        using var writer = SpoolSamples.Writer(_directory);
        using var reader = new SpoolReader(_directory.Path, collectPartials: false);
        var read = new List<SpooledExchange>();
        for (var i = 0; i < 300; i++)
        {
            writer.AppendExchange(SpoolSamples.Record(Session, i, 10, 900), buffered: false);
            if (i % 7 == 0)
            {
                read.AddRange(SpoolSamples.ReadAll(reader, writer.Committed));
                Assert.Equal(i + 1, read.Count);
            }
        }

        read.AddRange(SpoolSamples.ReadAll(reader, writer.Committed));
        Assert.Equal(Enumerable.Range(0, 300).Select(SpoolSamples.Id), read.Select(r => r.Exchange.Id));
    }

    /// <summary>All that the spool holds, in which nothing may be damaged.</summary>
    private List<SpooledExchange> ReadWhole()
    {
        var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
        reader.Dispose();
        Assert.Empty(reader.Faults);
        return read;
    }

    /// <summary>From so many threads that they meet at the lock.</summary>
    private static T[] AtOnce<T>(int count, Func<int, T> work)
    {
        const int Threads = 16;
        var results = new T[count];
        var failures = new ConcurrentQueue<Exception>();
        using var together = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(first => new Thread(() =>
        {
            together.SignalAndWait();
            try
            {
                for (var i = first; i < count; i += Threads)
                {
                    results[i] = work(i);
                }
            }
            catch (Exception error)
            {
                // Out of a thread of its own it would end the process.
                failures.Enqueue(error);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);
        return results;
    }
}
