namespace Tda.TestKit;

/// <summary>A file system in memory of a few kilobytes.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(string path, int kilobytes)
    {
        Directory.CreateDirectory(path);
        var mounted = await ChildProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path], Patience);
        return mounted.ExitCode == 0 ? new SmallDisk(path) : throw new IOException($"mount: {mounted.Error.Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        var unmounted = await ChildProcess.RunAsync("umount", [Path], Patience);
        if (unmounted.ExitCode != 0)
        {
            throw new IOException($"umount: {unmounted.Error.Trim()}");
        }
    }
}
