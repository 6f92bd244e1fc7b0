using System.CommandLine.Parsing;
using Microsoft.Extensions.Logging;
using Tda.Gateway;
using Tda.Gateway.Configuration;

namespace Tda.GatewayHost.Verbs;

/// <summary>`tda gateway`: forwards to the closed model and records every exchange.</summary>
internal static class GatewayVerb
{
    private static readonly Option<string?> Config = new("--config")
    {
        Description = "Configuration file (JSON with comments), whose changes are taken while the gateway runs; the other options go "
            + "before it",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Check = new("--check")
    { Description = "Check the configuration, say everything that is wrong, and end" };
    private static readonly Option<string> Upstream = new("--upstream") { Description = "The closed model's API: a URL, or a name among the configuration's upstreams", HelpName = "URL" };
    private static readonly Option<string> Listen = new("--listen")
    { Description = "Where to listen; port 0 lets the system choose [default: http://127.0.0.1:8787]", HelpName = "URL" };
    private static readonly Option<Durability?> Durable =
        EnumOption.Of<Durability>("--durability", "What is certain when the client has read the last byte", Durability.Written);
    private static readonly Option<string> Timeout = new("--timeout")
    { Description = "Longest silence of the upstream, in seconds or with a unit (90s, 1h30m) [default: 10m]", HelpName = "TIME" };
    private static readonly Option<string> MaxMemory = new("--max-memory")
    {
        Description = "Memory that bodies may take while they are recorded, such as 512MiB [default: half of what the process may use]",
        HelpName = "SIZE",
    };
    private static readonly Option<bool> Forwarded = new("--forwarded-headers")
    { Description = "Tell the upstream the client's address (X-Forwarded-*)" };

    public static Command Build()
    {
        var verb = CommandExtensions.Verb("gateway",
            "Forwards every request of an API (/v1/*) to the closed model unchanged, and records every exchange. Ctrl+C stops it without losing one.",
            "tda gateway --upstream https://api.openai.com --listen http://127.0.0.1:8787",
            Config, Check, Upstream, Listen, Durable, Timeout, MaxMemory, Forwarded).Runs(RunAsync);
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Upstream) is null && result.GetResult(Config) is null && Environment.GetEnvironmentVariable("TDA_GATEWAY__UPSTREAM") is null)
            {
                result.AddError("Option '--upstream' is required, or a '--config' file that names it.");
            }
        });
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        var configuration = new GatewayConfiguration(context.Get(Config), GatewayConfiguration.ProcessEnvironment(), Given(context.Parsed));
        if (context.Get(Check))
        {
            var options = configuration.Load();
            var name = configuration.File ?? "the configuration";
            return context.Done(new { valid = true, file = configuration.File, options.Upstream, options.Listen },
                console => console.WriteLine($"{name} is valid: {options.Listen} for {options.Upstream}"));
        }

        using var logs = new ErrorStreamLogs(context.Get(CommonOptions.Verbose));
        var counts = await GatewayServer.RunAsync(configuration, line => Console.Error.WriteLine(line), logs, context.Cancel);
        return context.Done(counts, console => console.WriteLine(
            $"forwarded {counts.Forwarded} = recorded {counts.Recorded} + pending {counts.Pending} + declared drops {counts.Dropped}"));
    }

    /// <summary>What stands on the command line; defaults are the options' own, which a file may change.</summary>
    private static List<ConfigOverride> Given(ParseResult parsed)
    {
        var given = new List<ConfigOverride>();
        Add(CommonOptions.Home, "home", value => value!);
        Add(CommonOptions.Store, "store", value => value!);
        Add(Upstream, "upstream", value => value);
        Add(Listen, "listen", value => value);
        Add(Durable, "durability", value => value!.Value.ToString().ToLowerInvariant());
        Add(Timeout, "timeout", value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? value + "s" : value);
        Add(MaxMemory, "max_memory_bytes", value => value);
        Add(Forwarded, "add_forwarded_headers", value => value ? "true" : "false");
        return given;

        void Add<T>(Option<T> option, string path, Func<T, string> text)
        {
            if (parsed.GetResult(option) is OptionResult { Implicit: false })
            {
                given.Add(new ConfigOverride(path, text(parsed.GetValue(option)!), option.Name));
            }
        }
    }
}

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

        // An upstream's status line may be in it, with whatever moves a terminal's cursor.
        Console.Error.WriteLine(VisibleText.Plain($"tda: {kind}: {formatter(state, exception)}{reason}"));
    }
}
