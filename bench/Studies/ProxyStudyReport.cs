using Tda.Bench.Running;
using Tda.Evaluation.Proxies;

namespace Tda.Bench.Studies;

/// <summary>The committed results of the verb `proxy-study`.</summary>
internal sealed record ProxyStudyReport(Machine Machine, ProxyStudyOptions Options, List<ProxyStudyRun> Runs)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory) => ResultFile.Write(directory, "proxy-study", this);
}
