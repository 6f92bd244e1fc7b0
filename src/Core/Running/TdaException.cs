namespace Tda.Core.Running;

/// <summary>
/// An expected failure, worded for the person who runs Tda: what was wrong, where, and what to do. The command line
/// prints the message alone and ends with <see cref="ExitCode"/>; a stack trace is for <c>--verbose</c>.
/// </summary>
public class TdaException : Exception
{
    public TdaException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>1 failed (this type), 2 wrong usage, 3 bad input data.</summary>
    public virtual int ExitCode => 1;
}

/// <summary>The command was asked for something that makes no sense: an unknown name, options that exclude each other.</summary>
public sealed class UsageException : TdaException
{
    public UsageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public override int ExitCode => 2;
}

/// <summary>Input data that can't be used: corrupt, truncated, of a newer version, or not what it claims to be.</summary>
public sealed class BadInputException : TdaException
{
    /// <param name="path">The file or directory at fault.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="offset">Byte offset in the file (in the decompressed data of a gzip file) where it went wrong.</param>
    /// <param name="remedy">What the user can do about it.</param>
    /// <param name="inner">The low-level error, if any.</param>
    public BadInputException(string path, string reason, long? offset = null, string? remedy = null, Exception? inner = null)
        : base(Describe(path, reason, offset, remedy), inner)
    {
        Path = path;
        Reason = reason;
        Offset = offset;
        Remedy = remedy;
    }

    public string Path { get; }

    public string Reason { get; }

    public long? Offset { get; }

    public string? Remedy { get; }

    public override int ExitCode => 3;

    private static string Describe(string path, string reason, long? offset, string? remedy)
    {
        var where = offset is { } at ? string.Create(CultureInfo.InvariantCulture, $"{path} (byte {at})") : path;
        var message = $"{where}: {reason}";
        return remedy is null ? message : $"{message.TrimEnd('.')}. {remedy}";
    }
}
