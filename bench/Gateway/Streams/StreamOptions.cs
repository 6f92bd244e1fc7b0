namespace Tda.Bench.Gateway.Streams;

/// <summary>How streams run, on either side.</summary>
internal sealed record StreamOptions
{
    /// <summary>Where the client finds the server; the server ignores it.</summary>
    public Uri? Url { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Streams open at a time.</summary>
    public int Streams { get; init; } = 200;

    /// <summary>Events of one stream.</summary>
    public int Events { get; init; } = 50;

    /// <summary>Milliseconds between events, and from the request to the first.</summary>
    public int Interval { get; init; } = 20;

    /// <summary>How many times every stream runs, one after the other.</summary>
    public int Repeats { get; init; } = 1;

    public static StreamOptions Parse(string json) => JsonSerializer.Deserialize<StreamOptions>(json, JsonDefaults.Options)!;

    public override string ToString() => JsonSerializer.Serialize(this, JsonDefaults.Options);
}
