using Tda.Curation.Deduplication;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

public sealed class HashFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Read_InAnyOrder_GivesWhatWasAdded()
    {
        var sets = Enumerable.Range(0, 3000).Select(i => Enumerable.Range(0, i).Select(j => (ulong)((i * 10_000) + j)).ToArray()).ToArray();
        using var file = new HashFile(sets.Length, _directory.Path);
        Parallel.For(0, sets.Length, i => file.Add(i, sets[i]));
        file.Close();

        var buffer = new ulong[2];
        foreach (var i in new[] { 2999, 0, 1, 2, 1500, 3 })
        {
            Assert.Equal(sets[i], file.Read(i, ref buffer).ToArray());
            Assert.Equal(i, file.Count(i));
        }
    }

    [Fact]
    public void Dispose_After_LeavesNothing()
    {
        using (var file = new HashFile(1, _directory.Path))
        {
            file.Add(0, [1, 2, 3]);
        }

        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Add_FullDisk_SaysWhereAndWhatToDo()
    {
        await using var disk = await SmallDisk.MountAsync(_directory["disk"], kilobytes: 64);
        using var file = new HashFile(1, disk.Path);

        var error = Assert.Throws<TdaException>(() =>
        {
            file.Add(0, new ulong[400_000]);
            file.Close();
        });

        Assert.Contains(disk.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("TMPDIR", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_NoSuchFolder_SaysSo() => Assert.Contains("TMPDIR", Assert.Throws<TdaException>(() => new HashFile(1, _directory["none/there"] + "/x")).Message, StringComparison.Ordinal);

    public void Dispose() => _directory.Dispose();
}
