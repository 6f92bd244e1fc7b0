using System.Net.Sockets;

namespace Tda.GatewayHost.Terminal;

/// <summary>An error as a person wants to read it, or a machine, with the exit code that it means.</summary>
/// <param name="Kind"><c>usage</c>, <c>bad_input</c>, <c>failed</c>, <c>stopped</c>, or <c>fault</c>: one of the program itself.</param>
/// <param name="Message">What was wrong, where, and what to do.</param>
/// <param name="Path">The file or folder at fault.</param>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Hint">What to do, alone.</param>
/// <param name="ExitCode">The exit code.</param>
public sealed record ErrorReport(string Kind, string Message, string? Path, long? Line, string? Hint, int ExitCode)
{
    /// <summary>Exit code of wrong usage.</summary>
    public const int Usage = 2;

    private const string Verbose = "--verbose shows where.";

    /// <summary>Writes <paramref name="error"/> to standard error.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="verbose">Whether to print the stack trace too.</param>
    /// <param name="json">Whether to write one JSON object instead of lines.</param>
    /// <returns>The exit code: that of a <see cref="TdaException"/>, otherwise 1.</returns>
    public static int Write(Exception error, bool verbose, bool json = false)
    {
        var report = Of(error);
        report.Write(json);
        if (verbose && !json)
        {
            Console.Error.WriteLine(error);
        }

        return report.ExitCode;
    }

    /// <summary>Writes the report to standard error: its message and hint, or one line of JSON, <c>{"error":{…}}</c>.</summary>
    public void Write(bool json) => Console.Error.WriteLine(
        json ? JsonSerializer.Serialize(new { Error = this }, JsonDefaults.Options)
        : Hint is null || Message.EndsWith(Hint, StringComparison.Ordinal) ? VisibleText.Plain($"tda: {Message}")
        : VisibleText.Plain($"tda: {Message}\n{Hint}"));

    private static ErrorReport Of(Exception error) => error switch
    {
        BadInputException bad => new("bad_input", bad.Message, bad.Path, bad.Line, bad.Remedy, bad.ExitCode),
        TdaException known => new(known.ExitCode == Usage ? "usage" : "failed", known.Message, null, null, null, known.ExitCode),
        SocketException socket => new("failed", $"network: {socket.Message}", null, null, Verbose, 1),
        IOException or UnauthorizedAccessException => new("failed", error.Message, null, null, Verbose, 1),
        AggregateException { InnerExceptions: [var one] } => Of(one),
        _ => new("fault", $"the program failed, and that is its own fault: {error.Message}", null, null, Verbose, 1),
    };
}
