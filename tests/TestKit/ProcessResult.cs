namespace Tda.TestKit;

/// <summary>What a child process left.</summary>
public sealed record ProcessResult(int ExitCode, string Output, string Error)
{
    /// <summary>For assertion messages.</summary>
    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
