using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway;

/// <summary>
/// Interleaved rounds over running servers: every round loads every contender once, the others idle, in an order that turns
/// by one, each on a disk that has nothing left to write; one round before the first is thrown away.
/// </summary>
internal static class ServerRounds
{
    /// <param name="rounds">How many count.</param>
    /// <param name="contenders">Who runs.</param>
    /// <param name="run">Loads one.</param>
    /// <param name="warmUp">What the round before the first does with one; null: the same.</param>
    /// <returns>Per contender what each counted round measured.</returns>
    public static async Task<IReadOnlyDictionary<string, List<T>>> RunAsync<T>(int rounds, IReadOnlyList<Contender> contenders, Func<Contender, Task<T>> run, Func<Contender, Task<T>>? warmUp = null)
    {
        var samples = contenders.ToDictionary(contender => contender.Name, _ => new List<T>(), StringComparer.Ordinal);
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                var contender = contenders[(i + Math.Max(0, round)) % contenders.Count];

                // What one left to be written back would be the next one's burden.
                await Task.Run(Native.Sync);
                var sample = await (round < 0 && warmUp is not null ? warmUp : run)(contender);
                if (round >= 0)
                {
                    samples[contender.Name].Add(sample);
                }
            }
        }

        return samples;
    }
}
