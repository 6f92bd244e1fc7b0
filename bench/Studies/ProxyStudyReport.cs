using System.Text.Json;
using System.Text.Json.Serialization;
using Tda.Bench.Running;
using Tda.Core.Artifacts;
using Tda.Core.Json;
using Tda.Scoring.Evaluation.Proxies;

namespace Tda.Bench.Studies;

/// <summary>The committed results of the verb `proxy-study`.</summary>
internal sealed record ProxyStudyReport(Machine Machine, ProxyStudyOptions Options, List<ProxyStudyRun> Runs)
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "proxy-study.json"), JsonSerializer.Serialize(this, Format) + "\n");
    }
}
