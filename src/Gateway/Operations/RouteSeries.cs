using System.Runtime.CompilerServices;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Operations;

/// <summary>The time series of one route, so that a request looks them up once by a short name.</summary>
internal sealed class RouteSeries(string route, CounterMetric forwarded, CounterMetric settled, HistogramMetric firstToken)
{
    private readonly StrongBox<long>?[] _settled = new StrongBox<long>?[TerminalStates.All.Count];

    /// <summary>Requests taken.</summary>
    public StrongBox<long> Forwarded { get; } = forwarded.Of(new(route));

    /// <summary>Times to the first piece of an answer.</summary>
    public HistogramSeries FirstToken { get; } = firstToken.Of(new(route));

    /// <summary>Exchanges that ended so.</summary>
    public StrongBox<long> Settled(TerminalState state) => _settled[(int)state] ??= settled.Of(new(route, state.Name()));
}
