namespace Tda.Core.Errors;

/// <summary>The command was asked for something that makes no sense: an unknown name, options that exclude each other.</summary>
public sealed class UsageException : TdaException
{
    public UsageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    public override int ExitCode => 2;
}
