using Tda.Gateway.Spool;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Spool;

public sealed class SpareSegmentsTests : IDisposable
{
    private const int SegmentBytes = 64 << 10;

    private static readonly Guid Session = Guid.Parse("0193d2a0-0000-7000-8000-000000000002");

    private readonly TempDirectory _root = new();
    private readonly SpoolDirectory _directory;
    private readonly SpoolUsage _usage = new(8 * SegmentBytes);
    private readonly SegmentSupply _supply;
    private readonly SpoolWriter _writer;
    private int _written;

    public SpareSegmentsTests()
    {
        _directory = SpoolDirectory.Create(_root.Path, Session);
        _supply = new(_directory, SegmentBytes, _usage, spares: 2);
        _writer = new(_supply, Session.ToString());
    }

    public void Dispose()
    {
        _writer.Dispose();
        _directory.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void Retire_WrittenAgain_HoldsWhatIsNewAndNothingOfBefore()
    {
        using var reader = new SpoolReader(_directory.Path, collectPartials: false);
        var read = new List<SpooledExchange>();
        for (var round = 0; round < 12; round++)
        {
            Write(40);
            reader.Read(_writer.Committed, read, int.MaxValue, long.MaxValue);
            RetireBefore(reader.Segment);
            Assert.InRange(Spares.Length, 0, 2);
        }

        Assert.Equal(Enumerable.Range(1, 480).Select(i => (long?)i), read.Select(one => one.Exchange.Sequence));
        Assert.Empty(reader.Faults);

        // As a later run would find it: what stands behind the last frame is no damage.
        var (left, again) = SpoolSamples.ReadAll(_directory.Path);
        using (again)
        {
            Assert.Empty(again.Faults);
            Assert.Equal(480, left[^1].Exchange.Sequence);
            Assert.Equal(left[0].Exchange.Sequence + left.Count - 1, 480);
        }
    }

    [Fact]
    public void Take_SpareThere_IsItBlank()
    {
        var directory = SpoolDirectory.Create(_root.Path, Guid.Parse("0193d2a0-0000-7000-8000-000000000003"));
        using var supply = new SegmentSupply(directory, SegmentBytes, _usage, spares: 1);
        using (var first = supply.Take(0))
        {
            first.Write(Enumerable.Repeat((byte)7, 50_000).ToArray(), 0);
        }

        // The second may have been prepared before; the third is, or takes, the spare.
        supply.Retire(0, keep: true);
        using var second = supply.Take(0);
        using var third = supply.Take(0);
        Assert.Empty(Directory.GetFiles(directory.Path, "*" + SpoolDirectory.SpareExtension));
        foreach (var segment in (SegmentFile[])[second, third])
        {
            Assert.Equal(SegmentBytes, segment.Capacity);
            using var file = new FileStream(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            Assert.Equal(segment.Header, SegmentHeader.Read(bytes));
            Assert.False(bytes.AsSpan(SegmentHeader.Size).ContainsAnyExcept((byte)0));
        }

        supply.Dispose();
        directory.Dispose();
    }

    [Fact]
    public void Retire_NothingWantedOfIt_IsDeletedAndItsSpaceIsFree()
    {
        Write(80);
        var before = _usage.Bytes;
        _supply.Retire(0, keep: false);
        Assert.Empty(Spares);
        Assert.Equal(before - SegmentBytes, _usage.Bytes);
    }

    [Fact]
    public void Retire_SomebodyStillReadsIt_ReadsItToItsEnd()
    {
        Write(80);
        using var reader = new SpoolReader(_directory.Path, collectPartials: false);
        var read = new List<SpooledExchange>();
        reader.Read(SpoolSamples.Everything, read, 3, long.MaxValue);
        _supply.Retire(0, keep: true);
        Assert.Empty(Spares);
        reader.Read(SpoolSamples.Everything, read, int.MaxValue, long.MaxValue);
        Assert.Equal(Enumerable.Range(1, 80).Select(i => (long?)i), read.Select(one => one.Exchange.Sequence));
        Assert.Empty(reader.Faults);
    }

    [Fact]
    public void Take_LimitReached_SparesGiveTheirSpace()
    {
        Write(160);
        RetireBefore(2);
        Assert.Equal(2, Spares.Length);

        // Only a segment of its own can hold it, and there is no more space than the spares take.
        var large = (int)(8 * SegmentBytes - _usage.Bytes) + SegmentBytes;
        _writer.AppendExchange(SpoolSamples.Record(Session, _written, 10, large), buffered: false);
        Assert.Empty(Spares);
        Assert.InRange(_usage.Bytes, 0, 8 * SegmentBytes);
    }

    [Fact]
    public void Dispose_WithSpares_LeavesNone()
    {
        Write(120);
        RetireBefore(1);
        Assert.Single(Spares);
        _writer.Dispose();
        Assert.Empty(Spares);
        _supply.Retire(1, keep: true);
        Assert.Empty(Spares);
    }

    private string[] Spares => Directory.GetFiles(_directory.Path, "*" + SpoolDirectory.SpareExtension);

    private void Write(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _writer.AppendExchange(SpoolSamples.Record(Session, _written++, 1000, 1000), buffered: false);
        }

        // The writer lets go of a full one when it syncs; the next is made on another thread, and would take a spare that comes too early.
        _writer.Sync();
        Assert.True(SpinWait.SpinUntil(() => SpoolDirectory.Segments(_directory.Path)[^1] > _writer.Committed.Segment, TimeSpan.FromMinutes(1)));
    }

    private void RetireBefore(long segment)
    {
        foreach (var number in SpoolDirectory.Segments(_directory.Path).TakeWhile(number => number < segment))
        {
            _supply.Retire(number, keep: true);
        }
    }
}
