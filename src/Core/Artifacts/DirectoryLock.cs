namespace Tda.Core.Artifacts;

/// <summary>Exclusive lock files. The operating system drops the lock with the process, so a kill leaves nothing stale.</summary>
internal static class DirectoryLock
{
    private const int Attempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock that says who is making <paramref name="directory"/>.</summary>
    /// <exception cref="TdaException">Another process holds it, or the place can't be written.</exception>
    public static FileStream Take(string directory, string path)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return Open(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{directory} can't be used: {error.Message}. Another tda process may be at work there: wait for it, or choose another name.", error);
        }
    }

    /// <summary>Takes a lock that others hold only for moments.</summary>
    /// <exception cref="TdaException">It stayed held for five seconds, or the place can't be written.</exception>
    public static FileStream Wait(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Open(path);
            }
            catch (IOException) when (attempt < Attempts && File.Exists(path))
            {
                Thread.Sleep(Pause);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new TdaException($"{path} can't be locked: {error.Message}. Another tda process may be at work there: run the command again.", error);
            }
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
