namespace Tda.Bench.Running;

/// <summary>The committed results of one verb.</summary>
public sealed record Report(string Benchmark, DateTimeOffset Time, Machine Machine, IReadOnlyList<CaseResult> Cases)
{
    /// <summary>Writes <c>NAME.json</c>.</summary>
    public void Write(string directory) => ResultFile.Write(directory, Benchmark, this);
}
