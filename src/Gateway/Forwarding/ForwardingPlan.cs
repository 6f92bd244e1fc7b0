using System.Collections.Concurrent;
using Tda.Gateway.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Forwarding;

/// <summary>What follows from options for every request, worked out once for as long as they are in force.</summary>
internal sealed class ForwardingPlan
{
    private readonly ConcurrentDictionary<TimeSpan, ForwarderRequestConfig> _configs = new();

    public ForwardingPlan(GatewayOptions options)
    {
        Options = options;
        Upstream = UpstreamAddress.TryParse(options.Upstream, out var prefix, out var error) ? prefix : throw new ArgumentException(error, nameof(options));
        Transformer = new(options.AddForwardedHeaders);
    }

    public GatewayOptions Options { get; }

    public string Upstream { get; }

    public UpstreamTransformer Transformer { get; }

    /// <summary>The forwarder's configuration for a route.</summary>
    public ForwarderRequestConfig Config(string route) =>
        _configs.GetOrAdd(Options.TimeoutOf(route), static timeout => new() { ActivityTimeout = timeout });
}
