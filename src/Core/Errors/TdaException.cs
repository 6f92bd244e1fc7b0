namespace Tda.Core.Errors;

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
