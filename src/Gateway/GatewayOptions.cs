using Tda.Core.Errors;
using Tda.Gateway.Hosting;

namespace Tda.Gateway;

/// <summary>How a gateway runs. Checked as a whole at start, all errors at once.</summary>
public sealed record GatewayOptions
{
    /// <summary>The route timeout when none is given: reasoning models may think for minutes before their first byte.</summary>
    public static readonly TimeSpan LongTimeout = TimeSpan.FromMinutes(10);

    /// <summary>The closed model's API, e.g. <c>https://api.openai.com</c>; a final <c>/v1</c> may be given and is not doubled. Required.</summary>
    public required string Upstream { get; init; }

    /// <summary>Where clients reach the gateway; port 0 lets the system choose. Default <c>http://127.0.0.1:8787</c>.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:8787";

    /// <summary>The home that holds log, spool and runs; null takes <c>TDA_HOME</c>, then <c>./tda-data</c>.</summary>
    public string? Home { get; init; }

    /// <summary>What is certain when a client has its answer. Default <see cref="Durability.Written"/>.</summary>
    public Durability Durability { get; init; } = Durability.Written;

    /// <summary>The longest silence of the upstream, before or inside an answer. Default 10 minutes, more than 0.</summary>
    public TimeSpan Timeout { get; init; } = LongTimeout;

    /// <summary>Other values of <see cref="Timeout"/> for single routes, by route such as <c>/v1/embeddings</c>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> RouteTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>The longest that connecting to the upstream may take. Default 15 s, more than 0.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stopping gateway waits for answers in progress before it cuts them. Default 30 s, 0 or more.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes recorded of one body; of a longer one the rest is forwarded as ever, and the log holds its beginning, its
    /// length and its SHA-256. Default 64 MiB, 1 byte to 1 GiB.
    /// </summary>
    public int MaxRecordedBodyBytes { get; init; } = 64 << 20;

    /// <summary>Bytes past which the log's database may not grow; what comes after goes to the spool. Default 0 = no limit.</summary>
    public long MaxStoreBytes { get; init; }

    /// <summary>Whether the upstream is told the client's address in <c>X-Forwarded-*</c> headers. Default false.</summary>
    public bool AddForwardedHeaders { get; init; }

    /// <summary>The timeout that holds for a route.</summary>
    public TimeSpan TimeoutOf(string route) => RouteTimeouts.TryGetValue(route, out var timeout) ? timeout : Timeout;

    /// <summary>Everything that is wrong with these options, one line each; empty when they can be used.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(UpstreamAddress.TryParse(Upstream, out _, out var upstreamError), upstreamError);
        Check(ListenAddress.TryParse(Listen, out _, out var listenError), listenError);
        Check(Enum.IsDefined(Durability), "--durability must be memory, written or synced");
        Check(Timeout > TimeSpan.Zero, $"the timeout must be more than 0, not {Timeout}");
        Check(ConnectTimeout > TimeSpan.Zero, $"the connect timeout must be more than 0, not {ConnectTimeout}");
        Check(DrainTimeout >= TimeSpan.Zero, $"the drain timeout must be 0 or more, not {DrainTimeout}");
        Check(MaxRecordedBodyBytes is >= 1 and <= 1 << 30, $"the recorded body's limit must be 1 byte to 1 GiB, not {MaxRecordedBodyBytes}");
        Check(MaxStoreBytes >= 0, $"the store's limit must be 0 (none) or more bytes, not {MaxStoreBytes}");
        foreach (var (route, timeout) in RouteTimeouts)
        {
            Check(route.StartsWith("/v1/", StringComparison.Ordinal), $"'{route}' is no route: routes start with /v1/, e.g. /v1/chat/completions");
            Check(timeout > TimeSpan.Zero, $"the timeout of {route} must be more than 0, not {timeout}");
        }

        return errors;

        void Check(bool holds, string? error)
        {
            if (!holds)
            {
                errors.Add(error!);
            }
        }
    }

    /// <exception cref="UsageException">Something is wrong; the message lists everything.</exception>
    public void Validate()
    {
        var errors = Errors();
        if (errors.Count > 0)
        {
            throw new UsageException("the gateway can't start:" + string.Concat(errors.Select(error => "\n  - " + error)));
        }
    }
}
