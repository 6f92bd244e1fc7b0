namespace Tda.Bench.Running;

/// <summary>One line of a table.</summary>
public sealed record CaseResult
{
    public required string Case { get; init; }

    /// <summary>How much work a run does, and of what.</summary>
    public required double Work { get; init; }

    public required string Unit { get; init; }

    /// <summary>Per contender: median work per second, by the clock.</summary>
    public required IReadOnlyDictionary<string, double> Rates { get; init; }

    /// <summary>Per "a / b": time of a over time of b, by the clock.</summary>
    public required IReadOnlyDictionary<string, Spread> WallRatios { get; init; }

    /// <summary>The same by processor time.</summary>
    public required IReadOnlyDictionary<string, Spread> CpuRatios { get; init; }

    /// <summary>Checks and remarks.</summary>
    public IReadOnlyDictionary<string, double>? Checks { get; init; }

    /// <summary>Everything that was measured.</summary>
    public required IReadOnlyDictionary<string, List<Sample>> Samples { get; init; }

    /// <param name="name">What was compared.</param>
    /// <param name="work">Work a run.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="rounds">The measurement.</param>
    /// <param name="ratios">Pairs (over, under).</param>
    public static CaseResult Of(string name, double work, string unit, Rounds rounds, params (string Over, string Under)[] ratios)
    {
        var result = new CaseResult
        {
            Case = name,
            Work = work,
            Unit = unit,
            Rates = rounds.Samples.Keys.ToDictionary(key => key, key => work / rounds.Seconds(key, s => s.Wall).Median),
            WallRatios = ratios.ToDictionary(r => $"{r.Over} / {r.Under}", r => rounds.Ratio(r.Over, r.Under, s => s.Wall)),
            CpuRatios = ratios.ToDictionary(r => $"{r.Over} / {r.Under}", r => rounds.Ratio(r.Over, r.Under, s => s.Cpu)),
            Samples = rounds.Samples,
        };
        result.Print();
        return result;
    }

    private void Print()
    {
        Console.WriteLine($"{Case} ({Work:N0} {Unit} a run)");
        foreach ((var name, var rate) in Rates)
        {
            Console.WriteLine($"  {name,-34} {rate,16:N0} {Unit}/s");
        }

        foreach ((var pair, var wall) in WallRatios)
        {
            var cpu = CpuRatios[pair];
            Console.WriteLine($"  {pair,-34} clock {wall.Median:F2} ({wall.Low:F2}-{wall.High:F2})  cpu {cpu.Median:F2} ({cpu.Low:F2}-{cpu.High:F2})");
        }
    }
}
