namespace Tda.Bench.Gateway.Profiling;

/// <summary>One server under full load.</summary>
/// <param name="Samples">Where its time goes.</param>
/// <param name="PerSecond">Requests/s, slowed by the sampling.</param>
/// <param name="Cores">Cores it used.</param>
/// <param name="GcPercent">Share of its time in garbage collections, as its runtime says.</param>
/// <param name="BytesPerRequest">Managed bytes it allocates a request, about.</param>
internal sealed record Profile(PerfSamples Samples, double PerSecond, double Cores, double GcPercent, double BytesPerRequest);
