namespace Tda.Bench.Gateway.Load;

/// <summary>What came of a load.</summary>
/// <param name="Phases">Its parts.</param>
/// <param name="Unanswered">Requests without an answer when patience ended.</param>
/// <param name="FirstError">The first thing that went wrong.</param>
/// <param name="CpuSeconds">The generator's processor time.</param>
internal sealed record LoadReport(IReadOnlyList<LoadPhase> Phases, long Unanswered, string? FirstError, double CpuSeconds)
{
    public long Errors => Phases.Sum(phase => phase.Errors) + Unanswered;

    public long Answered => Phases.Sum(phase => phase.Latency.Count);

    /// <summary>All parts together.</summary>
    public Histogram Latency
    {
        get
        {
            var all = new Histogram();
            foreach (var phase in Phases)
            {
                all.Merge(phase.Latency);
            }

            return all;
        }
    }
}
