using Tda.Gateway.Spool;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Spool;

public sealed class SpoolDamageTests : IDisposable
{
    private static readonly Guid Session = Guid.Parse("0193d2a0-0000-7000-8000-000000000002");
    private readonly TempDirectory _root = new();
    private readonly SpoolDirectory _directory;

    public SpoolDamageTests() => _directory = SpoolDirectory.Create(_root.Path, Session);

    public void Dispose()
    {
        _directory.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void Read_TornAtEveryByte_AllWholeRecordsBeforeIt()
    {
        var ends = Write(6);
        var path = _directory.SegmentPath(0);
        var whole = File.ReadAllBytes(path);
        for (var cut = SegmentHeader.Size; cut <= ends[^1]; cut += 3)
        {
            // A crash leaves the reserved space behind the last byte that reached the disk as zeros.
            var torn = whole.ToArray();
            torn.AsSpan(cut).Clear();
            File.WriteAllBytes(path, torn);

            var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
            reader.Dispose();
            Assert.InRange(read.Count, ends.Count(end => end <= cut), ends.Count(end => end - FrameHeader.Alignment <= cut));
            Assert.All(reader.Faults, fault => Assert.True(fault.Torn, fault.ToString()));
        }
    }

    [Fact]
    public void Read_AnyBitFlipped_OthersComeAndTheDamageIsTold()
    {
        var ends = Write(6);
        var path = _directory.SegmentPath(0);
        var whole = File.ReadAllBytes(path);
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var damaged = whole.ToArray();
            var at = random.Next(SegmentHeader.Size, (int)ends[^1]);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);

            var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
            reader.Dispose();

            // Only padding is not covered by a checksum: a flip there harms nothing.
            Assert.InRange(read.Count, 5, 6);
            if (read.Count == 5)
            {
                Assert.NotEmpty(reader.Faults);
                var lost = ends.FindIndex(end => at < end);
                Assert.Equal(
                    Enumerable.Range(0, 6).Where(i => i != lost).Select(SpoolSamples.Id),
                    read.Select(r => r.Exchange.Id));
                Assert.Contains(reader.Faults, fault => lost == 5 ? fault.Torn : !fault.Torn);
            }
        }
    }

    [Fact]
    public void Read_DamagedSegmentHeader_FaultNamesTheFileAndOtherSegmentsCome()
    {
        using (var writer = SpoolSamples.Writer(_directory))
        {
            for (var i = 0; i < 100; i++)
            {
                writer.AppendExchange(SpoolSamples.Record(Session, i, 1000, 1000), buffered: false);
            }
        }

        var first = _directory.SegmentPath(0);
        var bytes = File.ReadAllBytes(first);
        bytes[20] ^= 1;
        File.WriteAllBytes(first, bytes);

        var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
        reader.Dispose();
        var fault = Assert.Single(reader.Faults);
        Assert.Equal((first, false), (fault.Path, fault.Torn));
        Assert.InRange(read.Count, 30, 99);
        Assert.Equal(SpoolSamples.Id(99), read[^1].Exchange.Id);
    }

    [Fact]
    public void Read_RandomBytes_NeverThrows()
    {
        var path = _directory.SegmentPath(0);
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(0, 5000)];
            random.NextBytes(bytes);
            if (bytes.Length >= SegmentHeader.Size && round % 2 == 0)
            {
                SegmentHeader.Of(Session, 0).Write(bytes);
                for (var at = SegmentHeader.Size; at + 4 < bytes.Length; at += 8 * random.Next(1, 9))
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(at), FrameHeader.Magic);
                }
            }

            File.WriteAllBytes(path, bytes);
            var (read, reader) = SpoolSamples.ReadAll(_directory.Path);
            reader.Dispose();
            Assert.Empty(read);
        }
    }

    /// <summary>Writes records and returns where each ends in the first segment.</summary>
    private List<long> Write(int count)
    {
        var ends = new List<long>();
        using var writer = SpoolSamples.Writer(_directory);
        for (var i = 0; i < count; i++)
        {
            writer.AppendExchange(SpoolSamples.Record(Session, i), buffered: false);
            ends.Add(writer.Committed.Offset);
        }

        return ends;
    }
}
