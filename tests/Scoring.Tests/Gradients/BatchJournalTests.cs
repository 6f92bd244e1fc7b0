using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using Tda.TestKit;

namespace Tda.Scoring.Tests.Gradients;

public sealed class BatchJournalTests : IDisposable
{
    private static readonly float[][][] Units = [[[1, 2]], [[3], [float.NaN, float.NegativeZero]], [[]], [[7, 8, 9]]];

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Messages _messages = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)] // one block at the end
    [InlineData(61)] // a block a batch
    public void Next_AfterAnEarlyEnd_GivesEveryBatchAndThenNone(int seconds)
    {
        Write(Units, seconds);
        using var journal = Open();
        for (var u = 0; u < Units.Length; u++)
        {
            Assert.Equal(Units[u].Select(Bits), journal.Next((uint)u, Units[u].Length)!.Select(Bits));
        }

        Assert.Null(journal.Next(4, 1));
        Assert.Equal(["Going on with unfinished work on the same question."], _messages.Lines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    public void Next_OtherBatches_EndsReadingAndKeepsWhatWasRead(int seconds)
    {
        Write(Units, seconds);
        using (var journal = Open())
        {
            Assert.NotNull(journal.Next(0, 1));
            Assert.NotNull(journal.Next(1, 2));
            Assert.Null(journal.Next(77, 1));
            Assert.Null(journal.Next(3, 1));
            journal.Add(77, [[5]]);
        }

        Assert.Contains("holds other batches", _messages.Lines[^1]);
        using var again = Open();
        Assert.NotNull(again.Next(0, 1));
        Assert.NotNull(again.Next(1, 2));
        Assert.Equal([5f], again.Next(77, 1)![0]);
        Assert.Null(again.Next(3, 1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-9)]
    [InlineData(40)] // zeros, as a power cut may leave them
    public void Next_EndTorn_GivesWhatIsSound(int bytes)
    {
        Write(Units, seconds: 61);
        using (var file = new FileStream(Path.Combine(_directory["q.part"], BatchJournal.FileName), FileMode.Open))
        {
            file.SetLength(file.Length + bytes);
        }

        using var journal = Open();
        Assert.NotNull(journal.Next(0, 1));
        Assert.NotNull(journal.Next(1, 2));
        Assert.NotNull(journal.Next(2, 1));
        Assert.Equal(bytes > 0, journal.Next(3, 1) is not null);
        Assert.Null(journal.Next(4, 1));
        Assert.Contains("is damaged", _messages.Lines[^1]);
    }

    [Fact]
    public void Open_AnotherQuestion_StartsAnew()
    {
        Write(Units);
        using var journal = BatchJournal.Open(_directory["q"], "other", _messages, _time);
        Assert.Null(journal.Next(0, 1));
    }

    [Fact]
    public void Add_WithinAMinute_WritesNothing()
    {
        using var journal = Open();
        journal.Add(0, [[1]]);
        _time.Advance(TimeSpan.FromSeconds(59));
        journal.Add(1, [[1]]);
        Assert.False(Directory.Exists(_directory["q.part"]));
        _time.Advance(TimeSpan.FromSeconds(1));
        journal.Add(2, [[1]]);
        Assert.True(new FileInfo(Path.Combine(_directory["q.part"], BatchJournal.FileName)).Length > 0);
        journal.Finish();
        Assert.False(Directory.Exists(_directory["q.part"]));
    }

    [Fact]
    public async Task Add_DiskFull_SaysSoOnceAndGoesOn()
    {
        await using var disk = await SmallDisk.MountAsync(_directory["disk"], kilobytes: 64);
        using (var journal = BatchJournal.Open(Path.Combine(disk.Path, "q"), "q", _messages, _time))
        {
            for (var i = 0u; i < 8; i++)
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                journal.Add(i, [new float[4096]]);
            }
        }

        Assert.Contains("No space left on device", Assert.Single(_messages.Lines));

        // What was written before is there; the half-written block is found.
        using var again = BatchJournal.Open(Path.Combine(disk.Path, "q"), "q", _messages, _time);
        Assert.NotNull(again.Next(0, 1));
        Assert.NotNull(again.Next(1, 1));
        Assert.Null(again.Next(7, 1));
        again.Finish();
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    private BatchJournal Open() => BatchJournal.Open(_directory["q"], "q", _messages, _time);

    private void Write(float[][][] units, int seconds = 0)
    {
        using var journal = Open();
        for (var u = 0; u < units.Length; u++)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            journal.Add((uint)u, units[u]);
        }
    }

    private static int[] Bits(float[] numbers) => [.. numbers.Select(BitConverter.SingleToInt32Bits)];
}
