using System.Text.Json;
using System.Text.Json.Serialization;
using Tda.Bench.Running;
using Tda.Core.Artifacts;
using Tda.Core.Json;

namespace Tda.Bench.Studies;

/// <summary>The committed results of the verb `sampled-fit`.</summary>
internal sealed record SampledFitReport(Machine Machine, List<SampledFitLine> Lines)
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "sampled-fit.json"), JsonSerializer.Serialize(this, Format) + "\n");
    }
}
