using System.Collections.Concurrent;
using Tda.Gateway.Operations;
using Tda.Gateway.Redaction;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>What follows from options for every request, worked out once for as long as they are in force.</summary>
internal sealed class ForwardingPlan(GatewayOptions options)
{
    private readonly ConcurrentDictionary<string, string> _upstreams = new();
    private readonly ConcurrentDictionary<TimeSpan, ForwarderRequestConfig> _configs = new();

    public GatewayOptions Options => options;

    /// <summary>What masks all that is stored.</summary>
    public BodyRedactor Redactor { get; } = BodyRedactor.For(options.Redaction);

    /// <summary>The route of a path, as it is stored and counted; a client may have put a secret where one that is not known has its name.</summary>
    public string Route(PathString path)
    {
        var route = Routes.Of(path);
        return Routes.IsKnown(route) ? route : Redactor.Text(route);
    }

    /// <summary>The root URL of a route's upstream.</summary>
    public string Upstream(string route) => _upstreams.GetOrAdd(
        options.UpstreamOf(route),
        static url => UpstreamAddress.TryParse(url, out var prefix, out var error) ? prefix : throw new InvalidOperationException(error));

    /// <summary>The forwarder's configuration for a route.</summary>
    public ForwarderRequestConfig Config(string route) =>
        _configs.GetOrAdd(options.TimeoutOf(route), static timeout => new() { ActivityTimeout = timeout });
}
