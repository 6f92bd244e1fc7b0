using Microsoft.Extensions.Logging;

namespace Tda.Gateway.Redaction;

/// <summary>Log lines on their way to another provider, with the secrets in messages and exceptions masked.</summary>
internal sealed class RedactingLogs(ILoggerProvider inner, LiveOptions live) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger(inner.CreateLogger(categoryName), live);

    public void Dispose() => inner.Dispose();

    private sealed class Logger(ILogger inner, LiveOptions live) : ILogger
    {
        // Scopes hold request paths and connection ids that nobody has looked through.
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!inner.IsEnabled(logLevel))
            {
                return;
            }

            // As text: a provider that writes the state's values one by one would pass by the mask.
            var redactor = BodyRedactor.For(live.Current.Redaction);
            var message = redactor.Text(formatter(state, exception));
            inner.Log(logLevel, eventId, message, exception is null ? null : Redacted(exception, redactor), static (text, _) => text);
        }

        private static Exception Redacted(Exception exception, BodyRedactor redactor)
        {
            var text = exception.ToString();
            var masked = redactor.Text(text);
            return ReferenceEquals(text, masked) ? exception : new RedactedException(masked);
        }
    }

    private sealed class RedactedException(string text) : Exception(text)
    {
        public override string ToString() => Message;
    }
}
