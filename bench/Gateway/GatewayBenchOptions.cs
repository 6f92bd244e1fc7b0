using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway;

/// <summary>How long and where.</summary>
internal sealed record GatewayBenchOptions
{
    public required Programs Programs { get; init; }

    /// <summary>A directory of this run, removed at its end.</summary>
    public required string Scratch { get; init; }

    /// <summary>Interleaved rounds, at least 1; one more before them is thrown away.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds that each contender is under load in a round.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds of load before the first round: until then the runtime compiles what runs often, on the cores that are measured.</summary>
    public required double WarmUpSeconds { get; init; }

    /// <summary>Seconds of the soak.</summary>
    public required double SoakSeconds { get; init; }

    /// <summary>Kill rounds for each durability.</summary>
    public required int Kills { get; init; }

    /// <summary>Seconds that a store may take to catch up after a round.</summary>
    public required double SettleSeconds { get; init; }

    /// <summary>Where results go that are no JSON.</summary>
    public required string Results { get; init; }

    /// <summary>Small work: to see whether it runs.</summary>
    public required bool Quick { get; init; }

    public TimeSpan SettleLimit => TimeSpan.FromSeconds(SettleSeconds);

    public ContenderFactory Contenders => new(Programs, Scratch);
}
