using Tda.Bench.Running;

namespace Tda.Bench.Peers;

/// <summary>One work as measured by the process that did it, which began for it and ended after it.</summary>
/// <param name="Wall">Seconds of the work by the clock.</param>
/// <param name="Cpu">Processor seconds of the work.</param>
/// <param name="Process">Processor seconds of the process: start, imports and loading the model too.</param>
/// <param name="Peak">Most resident bytes of the process.</param>
/// <param name="Before">Resident bytes before the work, libraries and model loaded.</param>
public sealed record PeerSample(double Wall, double Cpu, double Process, double Peak, double Before)
{
    /// <summary>Sum of the documents' losses in nats, where the work has one.</summary>
    public double? Loss { get; init; }

    /// <summary>A library's version, as it says.</summary>
    public string? Version { get; init; }

    /// <summary>PyTorch's version.</summary>
    public string? Torch { get; init; }

    /// <summary>Packages that a library imports and that small modules stood in for.</summary>
    public IReadOnlyList<string>? StoodIn { get; init; }
}

/// <summary>One row of the table: a work, done by several.</summary>
/// <param name="Work">Its name.</param>
/// <param name="Samples">By contender, one a round; a contender's n-th sample is of the n-th round.</param>
public sealed record PeerRow(string Work, IReadOnlyDictionary<string, List<PeerSample>> Samples)
{
    /// <summary>Whom the others are compared with.</summary>
    public const string Own = "tda";

    /// <summary>Median processor seconds of the whole process, by contender.</summary>
    public IReadOnlyDictionary<string, double> ProcessSeconds => Medians(sample => sample.Process);

    /// <summary>Median processor seconds of the work alone.</summary>
    public IReadOnlyDictionary<string, double> WorkSeconds => Medians(sample => sample.Cpu);

    /// <summary>Median of the most resident MiB.</summary>
    public IReadOnlyDictionary<string, double> PeakMebibytes => Medians(sample => sample.Peak / (1 << 20));

    /// <summary>Within each round another's processor time of the whole process over ours: above 1 we are faster.</summary>
    public IReadOnlyDictionary<string, Spread> ProcessRatios => Ratios(sample => sample.Process);

    /// <summary>The same of the work alone.</summary>
    public IReadOnlyDictionary<string, Spread> WorkRatios => Ratios(sample => sample.Cpu);

    /// <summary>The same of the most memory.</summary>
    public IReadOnlyDictionary<string, Spread> PeakRatios => Ratios(sample => sample.Peak);

    private Dictionary<string, double> Medians(Func<PeerSample, double> measure) =>
        Samples.Where(s => s.Value.Count > 0).ToDictionary(s => s.Key, s => Spread.Of(s.Value.Select(measure)).Median, StringComparer.Ordinal);

    private Dictionary<string, Spread> Ratios(Func<PeerSample, double> measure)
    {
        var own = Samples[Own];
        var ratios = new Dictionary<string, Spread>(StringComparer.Ordinal);
        foreach (var (name, samples) in Samples.Where(s => s.Key != Own && s.Value.Count > 0))
        {
            if (samples.Count != own.Count)
            {
                throw new TdaException($"{Work}: {name} has {samples.Count} rounds, {Own} {own.Count}: ratios are taken within rounds.");
            }

            ratios.Add(name, Spread.Of(samples.Zip(own, (theirs, ours) => measure(theirs) / measure(ours))));
        }

        return ratios;
    }
}
