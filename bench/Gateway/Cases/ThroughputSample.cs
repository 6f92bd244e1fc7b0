using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Cases;

/// <summary>One contender in one round.</summary>
/// <param name="Load">What wrk measured.</param>
/// <param name="ProxyCpu">Processor seconds of the proxy while under load; of the upstream for "direct".</param>
/// <param name="UpstreamCpu">Processor seconds of the upstream.</param>
/// <param name="SettleSeconds">How long the store took after the load to hold everything; null for others.</param>
/// <param name="SettleCpu">Processor seconds of the proxy meanwhile.</param>
internal sealed record ThroughputSample(WrkResult Load, double ProxyCpu, double UpstreamCpu, double? SettleSeconds, double SettleCpu)
{
    public double PerSecond => Load.PerSecond;

    /// <summary>µs of processor time for each request.</summary>
    public double ProxyMicroseconds => ProxyCpu * 1e6 / Load.Requests;

    /// <summary>The same with what was left to do after the load.</summary>
    public double TotalMicroseconds => (ProxyCpu + SettleCpu) * 1e6 / Load.Requests;

    public double UpstreamMicroseconds => UpstreamCpu * 1e6 / Load.Requests;

    public double WrkMicroseconds => Load.CpuSeconds * 1e6 / Load.Requests;
}
