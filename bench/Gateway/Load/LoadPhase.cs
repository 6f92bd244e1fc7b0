using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Load;

/// <summary>What came of one part of a load.</summary>
internal sealed class LoadPhase
{
    public Histogram Latency { get; private init; } = new();

    public long Errors { get; private set; }

    public double Seconds { get; set; }

    /// <summary>Answers/s.</summary>
    public double PerSecond => Latency.Count / Seconds;

    public void Add(double microseconds, bool failed)
    {
        lock (Latency)
        {
            if (failed)
            {
                Errors++;
            }
            else
            {
                Latency.Add(microseconds);
            }
        }
    }

    public JsonObject ToJson() => new() { ["seconds"] = Seconds, ["errors"] = Errors, ["latency"] = Latency.ToJson() };

    public static LoadPhase Parse(JsonNode json) => new()
    {
        Seconds = json["seconds"]!.GetValue<double>(),
        Errors = json["errors"]!.GetValue<long>(),
        Latency = Histogram.Parse(json["latency"]!),
    };
}
