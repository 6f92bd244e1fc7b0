using Tda.Evaluation.Proxies;

namespace Tda.Bench.Studies;

/// <summary>One table.</summary>
/// <param name="Seed">Seed of data and study.</param>
/// <param name="Seconds">What it took.</param>
/// <param name="Result">The table.</param>
internal sealed record ProxyStudyRun(long Seed, double Seconds, ProxyStudyResult Result);
