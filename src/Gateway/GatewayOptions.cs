using Tda.Gateway.Capture;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.Gateway.Protocols;
using Tda.Gateway.Proxy;
using Tda.Gateway.Redaction;
using Tda.Gateway.Security;
using Tda.Gateway.Spool;
using Tda.Gateway.Upstreams;
using Tda.Review;

namespace Tda.Gateway;

/// <summary>How a gateway runs. Checked as a whole at start, all errors at once.</summary>
public sealed record GatewayOptions
{
    /// <summary>The route timeout when none is given: reasoning models may think for minutes before their first byte.</summary>
    public static readonly TimeSpan LongTimeout = TimeSpan.FromMinutes(10);

    // The routes, longest first: a request to a call below another provider's route must never go, with that provider's key, to ours.
    private readonly KeyValuePair<string, RouteOptions>[] _nearest = [];

    /// <summary>
    /// The closed model's API as its clients' base URL has it, e.g. <c>https://api.openai.com/v1</c> (the <c>/v1</c> may be left out), or the
    /// name of one of <see cref="Upstreams"/>: where requests go for which nothing else says another. Required.
    /// </summary>
    public required string Upstream { get; init; }

    /// <summary>Where clients reach the gateway; port 0 lets the system choose. Default <c>http://127.0.0.1:8787</c>.</summary>
    [NeedsRestart]
    public string Listen { get; init; } = "http://127.0.0.1:8787";

    /// <summary>The home that holds log, spool and runs; null takes <c>TDA_HOME</c>, then <c>./tda-data</c>.</summary>
    [NeedsRestart]
    public string? Home { get; init; }

    /// <summary>What is certain when a client has its answer. Default <see cref="Durability.Written"/>.</summary>
    public Durability Durability { get; init; } = Durability.Written;

    /// <summary>The longest silence of the upstream, before or inside an answer. Default 10 minutes, more than 0.</summary>
    public TimeSpan Timeout { get; init; } = LongTimeout;

    /// <summary>
    /// Upstreams by name. A request goes to the one below whose prefix its path lies, else to the one that its header <c>X-Tda-Upstream</c>
    /// names, else to that of its route, else to the one that serves its model.
    /// </summary>
    public IReadOnlyDictionary<string, UpstreamOptions> Upstreams { get; init; } = new Dictionary<string, UpstreamOptions>();

    /// <summary>What the upstream's terms allow.</summary>
    public TermsOptions Terms { get; init; } = new();

    /// <summary>
    /// Other values for single routes, by route such as <c>/v1/embeddings</c>; they hold for the calls below it too (that of
    /// <c>/v1/messages</c> for <c>/v1/messages/count_tokens</c>), which may have an entry of their own.
    /// </summary>
    public IReadOnlyDictionary<string, RouteOptions> Routes
    {
        get;
        init
        {
            field = value;
            _nearest = [.. value.OrderByDescending(route => route.Key.Length)];
        }
    } = new Dictionary<string, RouteOptions>();

    /// <summary>The share of exchanges that is recorded, 0 to 1; the rest are declared drops by the cause <c>sampled_out</c>. Default 1.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>What becomes of requests that want to go on as a WebSocket. Default <see cref="UpgradePolicy.Allow"/>.</summary>
    public UpgradePolicy Upgrade { get; init; } = UpgradePolicy.Allow;

    /// <summary>
    /// The most that a client may keep back with the header <c>X-Tda-Opt-Out</c>: recording, learning (<c>distill</c>), or nothing
    /// (<c>none</c>). Who asks for more is refused. Default <see cref="OptOut.Record"/>.
    /// </summary>
    public OptOut AllowOptOut { get; init; } = OptOut.Record;

    /// <summary>
    /// The store: null for SQLite in the home, else <c>postgres://host:port/database?…</c> (credentials from the environment or
    /// a password file, see docs/operations.md). Default null.
    /// </summary>
    [NeedsRestart]
    public string? Store { get; init; }

    /// <summary>The write-ahead log.</summary>
    public SpoolOptions Spool { get; init; } = new();

    /// <summary>What is masked before anything is stored.</summary>
    public RedactionOptions Redaction { get; init; } = new();

    /// <summary>Client keys, the upstream's key, the pages' credential, limits, TLS.</summary>
    public SecurityOptions Security { get; init; } = new();

    /// <summary>Log-probabilities that the client did not ask for.</summary>
    public LogprobOptions Logprobs { get; init; } = new();

    /// <summary>Prices of tokens, and budgets.</summary>
    public CostOptions Costs { get; init; } = new();

    /// <summary>The reviewer's desk.</summary>
    [NeedsRestart]
    public DeskOptions Desk { get; init; } = new();

    /// <summary>Metrics and traces.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>The longest that connecting to the upstream may take. Default 15 s, more than 0.</summary>
    [NeedsRestart]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stopping gateway waits for answers in progress before it cuts them. Default 30 s, 0 or more.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a gateway that is told to stop says that it is not ready before it stops accepting, so that a load balancer
    /// sends it nothing more. Default 0, 0 or more.
    /// </summary>
    public TimeSpan DrainDelay { get; init; }

    /// <summary>
    /// Bytes recorded of one body; of a longer one the rest is forwarded as ever, and the log holds its beginning, its
    /// length and its SHA-256. Default 64 MiB, 1 byte to 1 GiB.
    /// </summary>
    public int MaxRecordedBodyBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Bytes of memory that bodies may take, those of all requests together, while they are recorded, masked and parsed; beyond it they are
    /// recorded in part, and forwarded as ever. Default 0 = half of what the process may use; else 16 MiB or more.
    /// </summary>
    [NeedsRestart]
    public long MaxMemoryBytes { get; init; }

    /// <summary>Bytes past which the log's database may not grow; what comes after goes to the spool. Default 0 = no limit.</summary>
    [NeedsRestart]
    public long MaxStoreBytes { get; init; }

    /// <summary>Whether the upstream is told the client's address in <c>X-Forwarded-*</c> headers. Default false.</summary>
    public bool AddForwardedHeaders { get; init; }

    /// <summary>The timeout that holds for a route.</summary>
    public TimeSpan TimeoutOf(string route) => Nearest(route, static its => its.Timeout) ?? Timeout;

    /// <summary>The durability that holds for a route.</summary>
    public Durability DurabilityOf(string route) => Nearest(route, static its => its.Durability) ?? Durability;

    /// <summary>The share of a route's exchanges that is recorded.</summary>
    public double SampleOf(string route) => Nearest(route, static its => its.Sample) ?? Sample;

    /// <summary>What becomes of WebSockets on a route.</summary>
    public UpgradePolicy UpgradeOf(string route) => Nearest(route, static its => its.Upgrade) ?? Upgrade;

    /// <summary>The upstream of a route, a URL or a name, where nothing else in a request says another.</summary>
    public string UpstreamOf(string route) => RouteUpstreamOf(route) ?? Upstream;

    /// <summary>The upstream that a route's own entry names; null where it names none.</summary>
    public string? RouteUpstreamOf(string route) => Nearest(route, static its => its.Upstream);

    /// <summary>The terms that hold for a route: those of its upstream.</summary>
    public TermsOptions TermsOf(string route) => Nearest(route, static its => its.Terms) ?? Terms;

    /// <summary>The terms that a route's own entry names; null where it names none.</summary>
    public TermsOptions? RouteTermsOf(string route) => Nearest(route, static its => its.Terms);

    /// <summary>The URL of an upstream that is given by URL or by name.</summary>
    public string UrlOf(string upstream) => Upstreams.TryGetValue(upstream, out var named) ? named.Url : upstream;

    /// <summary>Whether the answers of any route wait for the disk.</summary>
    internal bool Syncs => Durability == Durability.Synced || Routes.Values.Any(static its => its.Durability == Durability.Synced);

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<OptionError> Errors() => new GroupChecks()
        .Require(UpstreamError(Upstream) is null, "upstream", UpstreamError(Upstream) ?? "")
        .Require(ListenAddress.TryParse(Listen, out _, out var listenError), "listen", listenError ?? "")
        .RequireDefined<Durability>(Durability, "durability")
        .RequireDefined<UpgradePolicy>(Upgrade, "upgrade")
        .Require(Timeout > TimeSpan.Zero, "timeout", $"must be more than 0, not {Timeout}")
        .Require(ConnectTimeout > TimeSpan.Zero, "connect_timeout", $"must be more than 0, not {ConnectTimeout}")
        .Require(DrainTimeout >= TimeSpan.Zero, "drain_timeout", $"must be 0 or more, not {DrainTimeout}")
        .Require(DrainDelay >= TimeSpan.Zero, "drain_delay", $"must be 0 or more, not {DrainDelay}")
        .Require(MaxRecordedBodyBytes is >= 1 and <= 1 << 30, "max_recorded_body_bytes",
            $"must be 1 byte to 1 GiB, not {MaxRecordedBodyBytes}")
        .Require(MaxMemoryBytes == 0 || MaxMemoryBytes >= MemoryBudget.Least, "max_memory_bytes",
            $"must be 0 (half of what the process may use) or at least {MemoryBudget.Least >> 20} MiB, not {MaxMemoryBytes}")
        .Require(MaxStoreBytes >= 0, "max_store_bytes", $"must be 0 (no limit) or more bytes, not {MaxStoreBytes}")
        .RequireDefined<OptOut>(AllowOptOut, "allow_opt_out")
        .Require(Sample is >= 0 and <= 1, "sample", $"must be 0 to 1, not {Sample}")
        .Add(UpstreamOptions.Errors(Upstreams))
        .Add(Upstreams.Where(upstream => upstream.Value.Key is not null)
            .SelectMany(upstream => Security.KeyErrors(Listen, ConfigPath.Member(ConfigPath.Member("upstreams", upstream.Key), "key"))))
        .Add(Routes.SelectMany(route => route.Value.Errors(route.Key, UpstreamError)))
        .Add(Terms.Errors("terms"))
        .Add(Spool.Errors())
        .Add(Redaction.Errors())
        .Add(Security.Errors(Listen))
        .Add(Logprobs.Errors())
        .Add(Costs.Errors(this))
        .Add(Telemetry.Errors())
        .Add(Desk.Errors().Select(error => new OptionError(ConfigPath.Member("desk", error.Option), error.Message)))
        .Errors;

    /// <exception cref="UsageException">Something is wrong; the message lists everything.</exception>
    public void Validate()
    {
        var errors = Errors();
        if (errors.Count > 0)
        {
            throw new UsageException("the gateway can't start:" + string.Concat(errors.Select(error => $"\n  - {error}")));
        }
    }

    /// <summary>What is wrong with an upstream that is given by URL or by name; null when nothing is.</summary>
    private string? UpstreamError(string? text) =>
        Upstreams.ContainsKey(text ?? "") || UpstreamAddress.TryParse(text, out _, out var error) ? null : error;

    /// <summary>What the nearest route says that says something; null when none does.</summary>
    private T? Nearest<T>(string route, Func<RouteOptions, T?> member)
    {
        foreach (var (path, its) in _nearest)
        {
            if (IsAtOrBelow(route, path) && member(its) is { } value)
            {
                return value;
            }
        }

        return default;
    }

    private static bool IsAtOrBelow(string route, string path) =>
        route.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (route.Length == path.Length || route[path.Length] == '/');
}

/// <summary>What is certain about an exchange when the client has read the last byte of its answer.</summary>
public enum Durability
{
    /// <summary>It is queued in the gateway's memory: a killed process may lose the last ones, which <c>verify</c> then counts.</summary>
    Memory,

    /// <summary>It is in the log: a killed process loses none, a loss of power may lose the last ones. The default.</summary>
    Written,

    /// <summary>It is in the log and the disk has it: a loss of power loses none.</summary>
    Synced,
}
