using Microsoft.Extensions.Logging;

namespace Tda.Cli.Terminal;

/// <summary>Writes a server's warnings and errors to standard error, a line each; with stack traces when asked for.</summary>
internal sealed class ErrorStreamLogs(bool verbose) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var kind = logLevel == LogLevel.Warning ? "warning" : "error";
        var reason = exception is null ? "" : verbose ? $"\n{exception}" : $": {exception.Message}";
        Console.Error.WriteLine($"tda: {kind}: {formatter(state, exception)}{reason}");
    }
}
