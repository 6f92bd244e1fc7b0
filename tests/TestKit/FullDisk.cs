namespace Tda.TestKit;

/// <summary>
/// Makes one file's disk "full": its <c>.part</c> is a link to /dev/full, where every write ends with "no space left on
/// device". It needs no privileges, and the code under test runs as it does in production.
/// </summary>
public static class FullDisk
{
    public static bool IsAvailable => File.Exists("/dev/full");

    /// <summary>From now on, writing <paramref name="path"/> atomically fails as on a full disk.</summary>
    public static void At(string path)
    {
        var part = path + ".part";
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.Delete(part);
        File.CreateSymbolicLink(part, "/dev/full");
    }
}
