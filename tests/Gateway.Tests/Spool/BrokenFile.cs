using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tda.Gateway.Tests.Spool;

/// <summary>Makes every write to a file that this process has open fail, as a disk that breaks would, until it is disposed.</summary>
internal sealed partial class BrokenFile : IDisposable
{
    private readonly int _file;
    private readonly int _kept;

    private BrokenFile(int file, int kept) => (_file, _kept) = (file, kept);

    public static BrokenFile Break(string path)
    {
        var file = Find(path) ?? throw new InvalidOperationException($"{path} is not open");
        var kept = Checked(Duplicate(file));

        // The same number stands for a file that can't be written.
        using var readOnly = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Checked(Replace((int)readOnly.DangerousGetHandle(), file));
        return new(file, kept);
    }

    public void Dispose()
    {
        Checked(Replace(_kept, _file));
        Checked(Close(_kept));
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
