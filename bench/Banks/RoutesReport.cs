using Tda.Bench.Running;
using Tda.Evaluation.Lds;

namespace Tda.Bench.Banks;

/// <summary>The committed results of the verb `routes`.</summary>
internal sealed record RoutesReport(Machine Machine, string Method, NoiseCeiling? Ceiling, List<RouteLine> Lines)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory) => ResultFile.Write(directory, "bank-text-routes", this);
}
