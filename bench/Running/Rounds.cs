namespace Tda.Bench.Running;

/// <summary>
/// Interleaved rounds: every round runs every contender once, in an order that turns by one each round, so that whatever
/// else the machine does hits them alike; ratios are taken within a round. One round before the first is thrown away.
/// </summary>
public sealed class Rounds
{
    private readonly Dictionary<string, List<Sample>> _samples = new(StringComparer.Ordinal);

    private Rounds(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            _samples.Add(name, []);
        }
    }

    public IReadOnlyDictionary<string, List<Sample>> Samples => _samples;

    public static async Task<Rounds> RunAsync(int rounds, params IReadOnlyList<IContender> contenders)
    {
        var result = new Rounds(contenders.Select(contender => contender.Name));
        try
        {
            for (var round = -1; round < rounds; round++)
            {
                for (var i = 0; i < contenders.Count; i++)
                {
                    var contender = contenders[(i + Math.Max(0, round)) % contenders.Count];
                    GC.Collect();
                    var sample = await contender.RunAsync().ConfigureAwait(false);
                    if (round >= 0)
                    {
                        result._samples[contender.Name].Add(sample);
                    }
                }
            }
        }
        finally
        {
            foreach (var contender in contenders)
            {
                await contender.DisposeAsync().ConfigureAwait(false);
            }
        }

        return result;
    }

    /// <summary>Seconds of one contender.</summary>
    public Spread Seconds(string name, Func<Sample, double> measure) => Spread.Of(_samples[name].Select(measure));

    /// <summary>Within each round, <paramref name="over"/>'s time over <paramref name="under"/>'s: above 1 the latter is faster.</summary>
    public Spread Ratio(string over, string under, Func<Sample, double> measure)
    {
        if (_samples[over].Count != _samples[under].Count)
        {
            throw new TdaException($"{over} and {under} ran different numbers of rounds");
        }

        return Spread.Of(_samples[over].Zip(_samples[under], (a, b) => measure(a) / measure(b)));
    }
}
