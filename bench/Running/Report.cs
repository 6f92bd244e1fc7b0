using System.Text.Json;
using System.Text.Json.Serialization;
using Tda.Core.Artifacts;
using Tda.Core.Json;

namespace Tda.Bench.Running;

/// <summary>The committed results of one verb.</summary>
public sealed record Report(string Benchmark, DateTimeOffset Time, Machine Machine, IReadOnlyList<CaseResult> Cases)
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Writes <c>NAME.json</c>.</summary>
    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, Benchmark + ".json");
        AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Format) + "\n");
    }
}
