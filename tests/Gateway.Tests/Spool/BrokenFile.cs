using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tda.Gateway.Tests.Spool;

/// <summary>Makes every write to a file that this process has open fail, as a disk that breaks would, until it is disposed.</summary>
internal sealed partial class BrokenFile : IDisposable
{
    private readonly int _file;
    private readonly int _kept;
    private readonly bool _mended;

    private BrokenFile(int file, int kept, bool mended) => (_file, _kept, _mended) = (file, kept, mended);

    public static BrokenFile Break(string path)
    {
        // Found before it is opened once more, which would be found too.
        var number = Find(path);

        // The same number stands for a file that can't be written.
        using var readOnly = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Put(readOnly, number, path, mended: true);
    }

    /// <summary>Makes every sync of a file fail. It stays broken, since whoever syncs it is to close it.</summary>
    public static BrokenFile BreakSync(string path)
    {
        // Takes all writes, and can't be synced.
        using var nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return Put(nowhere, Find(path), path, mended: false);
    }

    /// <summary>Whether this process has a file open.</summary>
    public static bool IsOpen(string path) => Find(path) is not null;

    public void Dispose()
    {
        if (_mended)
        {
            Checked(Replace(_kept, _file));
        }

        Checked(Close(_kept));
    }

    private static BrokenFile Put(SafeFileHandle file, int? open, string path, bool mended)
    {
        var number = open ?? throw new InvalidOperationException($"{path} is not open");
        var kept = Checked(Duplicate(number));
        Checked(Replace((int)file.DangerousGetHandle(), number));
        return new(number, kept, mended);
    }

    private static int? Find(string path) => Directory.GetFiles("/proc/self/fd")
        .Where(link => Target(link) == path)
        .Select(link => (int?)int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture))
        .FirstOrDefault();

    private static string? Target(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (FileNotFoundException)
        {
            // Another thread closed it since it was listed.
            return null;
        }
    }

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int file);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Replace(int file, int number);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);
}
