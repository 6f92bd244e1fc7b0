using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tda.Bench.Running;

namespace Tda.Bench.Gateway;

/// <summary>The committed results. A run of all cases begins anew; one of some cases replaces those and leaves the others.</summary>
internal sealed class GatewayReport
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly string _path;
    private readonly string _name;
    private readonly JsonObject _cases;

    /// <param name="directory">Where the file goes.</param>
    /// <param name="keep">Whether other cases of an earlier run stay.</param>
    /// <param name="name">The file's name, without .json.</param>
    public GatewayReport(string directory, bool keep, string name = "gateway")
    {
        _name = name;
        _path = Path.Combine(directory, name + ".json");
        _cases = keep && File.Exists(_path) ? JsonNode.Parse(File.ReadAllText(_path))!["cases"]!.DeepClone().AsObject() : [];
    }

    /// <summary>Adds a case and writes the file.</summary>
    public void Add(string name, bool quick, DateTimeOffset started, double seconds, Machine machine, CaseOutcome outcome)
    {
        _cases[name] = JsonSerializer.SerializeToNode(
            new { Quick = quick, Started = started, Seconds = Math.Round(seconds, 1), Machine = machine, outcome.Failures, outcome.Result }, Format);
        AtomicFile.WriteText(_path, new JsonObject { ["benchmark"] = _name, ["cases"] = _cases.DeepClone() }.ToJsonString(Format) + "\n");
    }
}
