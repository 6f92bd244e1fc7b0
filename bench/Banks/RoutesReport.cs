using System.Text.Json;
using System.Text.Json.Serialization;
using Tda.Bench.Running;
using Tda.Core.Artifacts;
using Tda.Core.Json;
using Tda.Scoring.Evaluation.Lds;

namespace Tda.Bench.Banks;

/// <summary>The committed results of the verb `routes`.</summary>
internal sealed record RoutesReport(Machine Machine, string Method, NoiseCeiling? Ceiling, List<RouteLine> Lines)
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "bank-text-routes.json"), JsonSerializer.Serialize(this, Format) + "\n");
    }
}
