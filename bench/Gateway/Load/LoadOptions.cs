namespace Tda.Bench.Gateway.Load;

/// <summary>What the load generator does.</summary>
internal sealed record LoadOptions
{
    public required Uri Url { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Kept connections.</summary>
    public int Connections { get; init; } = Wrk.Connections;

    /// <summary>Requests/s, sent at even distances whatever becomes of them; 0: each connection sends as soon as it has its answer.</summary>
    public double Rate { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Parts of equal length that are counted apart.</summary>
    public int Phases { get; init; } = 1;

    public static LoadOptions Parse(string json) => JsonSerializer.Deserialize<LoadOptions>(json, JsonDefaults.Options)!;

    public override string ToString() => JsonSerializer.Serialize(this, JsonDefaults.Options);
}
