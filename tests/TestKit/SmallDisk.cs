using System.ComponentModel;
using Xunit;

namespace Tda.TestKit;

/// <summary>A file system in memory of a few kilobytes.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts it; skips the test, with the reason, where this user may not.</summary>
    public static async Task<SmallDisk> MountAsync(string path, int kilobytes)
    {
        Directory.CreateDirectory(path);
        try
        {
            var mounted = await ChildProcess.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path], Patience);
            Assert.SkipUnless(mounted.ExitCode == 0, $"a small disk can't be mounted here: {mounted.Error.Trim()}");
        }
        catch (Win32Exception error)
        {
            Assert.Skip($"a small disk can't be mounted here: {error.Message}");
        }

        return new SmallDisk(path);
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
