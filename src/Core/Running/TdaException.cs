namespace Tda.Core.Running;

/// <summary>
/// An expected failure, worded for the person who runs Tda: what was wrong, where, and what to do. The command line
/// prints the message alone and ends with <see cref="ExitCode"/>; a stack trace is for <c>--verbose</c>.
/// </summary>
public class TdaException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>1 failed (this type), 2 wrong usage, 3 bad input data.</summary>
    public virtual int ExitCode => 1;
}

/// <summary>The command was asked for something that makes no sense: an unknown name, options that exclude each other.</summary>
public sealed class UsageException(string message, Exception? inner = null) : TdaException(message, inner)
{
    public override int ExitCode => 2;
}

/// <summary>Input data that can't be used: corrupt, truncated, of a newer version, or not what it claims to be.</summary>
/// <param name="path">The file or directory at fault.</param>
/// <param name="reason">What is wrong with it.</param>
/// <param name="offset">Byte offset in the file (in the decompressed data of a gzip file) where it went wrong.</param>
/// <param name="remedy">What the user can do about it.</param>
/// <param name="inner">The low-level error, if any.</param>
/// <param name="line">Line of the file, from 1.</param>
public sealed class BadInputException(
    string path, string reason, long? offset = null, string? remedy = null, Exception? inner = null, long? line = null)
    : TdaException(Describe(path, reason, offset, remedy, line), inner)
{
    public string Path { get; } = path;

    public string Reason { get; } = reason;

    public long? Offset { get; } = offset;

    public long? Line { get; } = line;

    public string? Remedy { get; } = remedy;

    public override int ExitCode => 3;

    private static string Describe(string path, string reason, long? offset, string? remedy, long? line)
    {
        var where = path + (line is { } number ? string.Create(CultureInfo.InvariantCulture, $", line {number}") : "")
            + (offset is { } at ? string.Create(CultureInfo.InvariantCulture, $" (byte {at})") : "");
        var message = $"{where}: {reason}";
        return remedy is null ? message : $"{message.TrimEnd('.')}. {remedy}";
    }
}
