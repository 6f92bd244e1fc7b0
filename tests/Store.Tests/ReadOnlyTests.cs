using Tda.TestKit;

namespace Tda.Store.Tests;

/// <summary>A log on a medium that takes no writes, such as a mounted copy.</summary>
public sealed class ReadOnlyTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_ReadOnlyMedium_ReadsAndRefusesToWriteInWords()
    {
        await using var disk = await SmallDisk.MountAsync(_folder["a disk #1?"], kilobytes: 4096);
        var home = new TdaHome(disk.Path);
        await using (var store = await ExchangeStore.OpenAsync(home))
        {
            await store.AppendAsync(StoreSamples.Full("a", DateTimeOffset.UnixEpoch));
        }

        var remounted = await ChildProcess.RunAsync("mount", ["-o", "remount,ro", disk.Path], TimeSpan.FromSeconds(30));
        Assert.Equal(0, remounted.ExitCode);

        await using var reader = await ExchangeStore.OpenAsync(home);
        Assert.Equal("a", (await reader.ListAsync(ExchangeFilter.All).SingleAsync()).Id);
        Assert.Equal("A Response 👋", (await reader.GetAsync("a"))!.Response);
        var refused = await Assert.ThrowsAsync<TdaException>(() => reader.AppendAsync(StoreSamples.Minimal("b", DateTimeOffset.UnixEpoch)));
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
    }
}
