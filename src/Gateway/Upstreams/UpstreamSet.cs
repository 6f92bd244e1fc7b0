using System.Collections.Concurrent;
using Tda.Gateway.Security;

namespace Tda.Gateway.Upstreams;

/// <summary>The upstreams of a configuration, and which of them a request means. Safe for concurrent use.</summary>
internal sealed class UpstreamSet
{
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Upstream> _named;
    private readonly (string Prefix, Upstream Upstream)[] _byPrefix;
    private readonly ModelPatterns<Upstream> _byModel;
    private readonly ConcurrentDictionary<string, Upstream> _byUrl = new(StringComparer.Ordinal);

    public UpstreamSet(GatewayOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;

        // security.upstream_key is the default upstream's, and goes to no other provider.
        var key = options.Security.UpstreamKey is { } source ? new UpstreamKey(source, new("the upstream's key", time)) : null;
        _named = options.Upstreams.ToDictionary(
            one => one.Key,
            one => new Upstream(one.Key, AddressOf(one.Value.Url), Own(one.Key, one.Value.Key) ?? (one.Key == options.Upstream ? key : null), one.Value.Terms)
            {
                Retries = one.Value.Retries,
                Fallback = one.Value.Fallback,
            },
            StringComparer.Ordinal);
        Default = _named.GetValueOrDefault(options.Upstream) ?? Unnamed(options.Upstream, key);
        _byPrefix =
        [
            .. options.Upstreams.Where(one => one.Value.Prefix is not null)
                .Select(one => (one.Value.Prefix!, _named[one.Key])).OrderByDescending(one => one.Item1.Length),
        ];

        AreSeveral = options.Upstreams.Count > 0 || options.Routes.Values.Any(static its => its.Upstream is not null);
        HoldKeys = _named.Values.Append(Default).Any(upstream => upstream.Key is not null);

        _byModel = new(options.Upstreams.SelectMany(one => one.Value.Models.Select(pattern => (pattern, _named[one.Key]))));
    }

    /// <summary>Where requests go for which nothing says another.</summary>
    public Upstream Default { get; }

    /// <summary>Whether a request's model may decide.</summary>
    public bool ChooseByModel => _byModel.Any;

    /// <summary>Whether requests may go to different upstreams, so that it has to be said of each where it went.</summary>
    public bool AreSeveral { get; }

    /// <summary>Whether the gateway adds a key of its own to some requests.</summary>
    public bool HoldKeys { get; }

    /// <summary>Keys that could not be read when they were last looked at.</summary>
    public IReadOnlyList<string> Problems => [.. All.Select(upstream => upstream.Key?.Secret.Problem).OfType<string>().Distinct()];

    private IEnumerable<Upstream> All => _named.Values.Concat(_byUrl.Values).Append(Default);

    /// <summary>The upstream of this name; null when there is none.</summary>
    public Upstream? Named(string name) => _named.GetValueOrDefault(name);

    /// <summary>The upstream below whose prefix a path lies.</summary>
    public Upstream? ByPrefix(PathString path, out string prefix, out PathString below)
    {
        foreach (var (known, upstream) in _byPrefix)
        {
            if (path.StartsWithSegments(known, StringComparison.Ordinal, out below) && below.Value is { Length: > 1 })
            {
                prefix = known;
                return upstream;
            }
        }

        prefix = "";
        below = path;
        return null;
    }

    /// <summary>The upstream that serves a model; null when none says so.</summary>
    public Upstream? ForModel(string model) => _byModel.Find(model);

    /// <summary>The upstream that the configuration gives a route; null where it gives it none of its own.</summary>
    public Upstream? ForRoute(string route) => _options.RouteUpstreamOf(route) is not { } upstream ? null
        : upstream == _options.Upstream ? Default
        : _named.GetValueOrDefault(upstream) ?? _byUrl.GetOrAdd(
            upstream, url => Unnamed(url, AddressOf(url).Origin == Default.Address.Origin ? Default.Key : null));

    private UpstreamKey? Own(string name, UpstreamKeyOptions? source) =>
        source is null ? null : new(source, new($"the key of the upstream {name}", _time));

    private static Upstream Unnamed(string url, UpstreamKey? key) => new(new Uri(url).Authority, AddressOf(url), key, null);

    private static UpstreamAddress AddressOf(string url) =>
        UpstreamAddress.TryParse(url, out var address, out var error) ? address : throw new InvalidOperationException(error);
}

/// <summary>One upstream, as requests use it.</summary>
/// <param name="Label">Its name, or its host: what an exchange's tag says.</param>
/// <param name="Address">Where its API begins.</param>
/// <param name="Key">Its key; null passes on what clients send.</param>
/// <param name="Terms">Its own terms, if it has any.</param>
internal sealed record Upstream(string Label, UpstreamAddress Address, UpstreamKey? Key, TermsOptions? Terms)
{
    /// <summary>How often a request that failed is sent to it again.</summary>
    public int Retries { get; init; }

    /// <summary>Which upstreams are asked then, by name.</summary>
    public IReadOnlyList<string> Fallback { get; init; } = [];
}

/// <summary>An upstream's key.</summary>
/// <param name="Options">Where it is read from, and how it is sent.</param>
/// <param name="Secret">The key in memory.</param>
internal sealed record UpstreamKey(UpstreamKeyOptions Options, HeldSecret Secret)
{
    /// <summary>Whether it can be read.</summary>
    public bool IsThere => Read() is not null;

    /// <summary>Puts it in the place of any other key; false when it can't be read.</summary>
    public bool TryPut(IHeaderDictionary headers)
    {
        if (Read() is not { } key)
        {
            return false;
        }

        ClientCredentials.Remove(headers);
        headers[Options.Header] = Options.IsBearer ? "Bearer " + key : key;
        return true;
    }

    private string? Read()
    {
        try
        {
            return Secret.Of(Options);
        }
        catch (TdaException)
        {
            return null;
        }
    }
}
