namespace Tda.Gateway.Operations;

/// <summary>
/// How many connections fit the files that the process may open. Each takes one for the client and one for the upstream; without a bound below
/// that, the last client would leave none for the spool and the store, and the gateway would stop recording.
/// </summary>
internal static class DescriptorLimit
{
    // The program's own libraries, spool, store, logs and listening sockets.
    private const int KeptBack = 256;

    // With fewer than these it would be no server; then the system's own errors tell.
    private const int Fewest = 16;

    private const string Line = "Max open files";

    /// <summary>The connections to take: as configured, or as many as there are files for.</summary>
    public static long Connections(long configured) => Connections(configured, Read());

    /// <summary>What to say at the start where there are fewer files than the configured connections need; null where there are enough.</summary>
    public static string? Told(long configured) => Read() is { } files && Connections(configured, files) is var fit && fit < configured
        ? FormattableString.Invariant($"at most {fit} connections at once, not {configured}: this process may open {files} files (ulimit -n)")
        : null;

    internal static long Connections(long configured, long? files) =>
        files is { } many ? Math.Min(configured, Math.Max(Fewest, (many - KeptBack) / 2)) : configured;

    /// <summary>The soft limit, which the runtime has raised to the hard one; null where the system doesn't say.</summary>
    private static long? Read()
    {
        try
        {
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
            return long.TryParse(line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture, out var files)
                ? files
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
