using System.Collections.Concurrent;
using Tda.Gateway.Redaction;
using Tda.Gateway.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>What follows from options for every request, worked out once for as long as they are in force.</summary>
internal sealed class ForwardingPlan(GatewayOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<TimeSpan, ForwarderRequestConfig> _configs = new();

    public GatewayOptions Options => options;

    /// <summary>What masks all that is stored.</summary>
    public BodyRedactor Redactor { get; } = BodyRedactor.For(options.Redaction);

    /// <summary>Where requests may go.</summary>
    public UpstreamSet Upstreams { get; } = new(options, time);

    /// <summary>The route of a path, as it is stored and counted; a client may have put a secret where one that is not known has its name.</summary>
    public string Route(PathString path)
    {
        var route = Routes.Of(path);
        return Routes.IsKnown(route) ? route : Redactor.Text(route);
    }

    /// <summary>The terms that hold for an exchange: its upstream's, unless those of its route forbid what these allow.</summary>
    public TermsOptions Terms(string route, Upstream upstream) =>
        upstream.Terms is { } terms && options.RouteTermsOf(route) is null or { MayDistill: true } ? terms : options.TermsOf(route);

    /// <summary>The forwarder's configuration for a route.</summary>
    public ForwarderRequestConfig Config(string route) =>
        _configs.GetOrAdd(options.TimeoutOf(route), static timeout => new() { ActivityTimeout = timeout });
}

/// <summary>The plan of the options in force.</summary>
internal sealed class ForwardingPlans(LiveOptions live, TimeProvider time)
{
    private ForwardingPlan _plan = new(live.Current, time);

    public ForwardingPlan Current
    {
        get
        {
            var plan = Volatile.Read(ref _plan);
            var options = live.Current;
            if (!ReferenceEquals(plan.Options, options))
            {
                plan = new(options, time);
                Volatile.Write(ref _plan, plan);
            }

            return plan;
        }
    }
}
