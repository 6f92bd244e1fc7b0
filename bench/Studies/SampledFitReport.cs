using Tda.Bench.Running;

namespace Tda.Bench.Studies;

/// <summary>The committed results of the verb `sampled-fit`.</summary>
internal sealed record SampledFitReport(Machine Machine, List<SampledFitLine> Lines)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory) => ResultFile.Write(directory, "sampled-fit", this);
}
