using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// Draws sequences from a model at temperature 1, which is the distribution that it was trained towards. A sequence is a function of its start and its seed,
/// not of the others drawn beside it.
/// </summary>
internal static class SequenceSampler
{
    private const int Together = 32;

    /// <summary>Goes on with each start until EOS, or <paramref name="most"/> tokens.</summary>
    /// <param name="model">The model.</param>
    /// <param name="starts">BOS and tokens of each; at most context − <paramref name="most"/> of them.</param>
    /// <param name="seeds">One a start.</param>
    /// <param name="most">Most tokens to draw, at least 1.</param>
    /// <param name="progress">Told of every sequence.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    /// <returns>The tokens drawn, without EOS.</returns>
    public static List<int[]> Draw(
        LanguageModel model, IReadOnlyList<int[]> starts, IReadOnlyList<ulong> seeds, int most, Action<int>? progress, CancellationToken cancellation)
    {
        if (starts.FirstOrDefault(start => start.Length == 0 || start.Length + most > model.Config.MaxPositions) is { } wrong)
        {
            throw new ArgumentException($"a start of {wrong.Length} tokens leaves no room for {most} more among {model.Config.MaxPositions}", nameof(starts));
        }

        var drawn = new List<int[]>(starts.Count);
        for (var first = 0; first < starts.Count; first += Together)
        {
            var rows = Math.Min(Together, starts.Count - first);
            drawn.AddRange(DrawTogether(model, [.. starts.Skip(first).Take(rows)], [.. seeds.Skip(first).Take(rows)], most, cancellation));
            progress?.Invoke(drawn.Count);
        }

        return drawn;
    }

    private static IEnumerable<int[]> DrawTogether(LanguageModel model, int[][] starts, ulong[] seeds, int most, CancellationToken cancellation)
    {
        using var gradients = no_grad();
        using var cache = new KeyValueCache(model, starts.Length);
        SplitMix64[] random = [.. seeds.Select(seed => new SplitMix64(seed))];
        List<int>[] drawn = [.. starts.Select(_ => new List<int>())];
        var ended = new bool[starts.Length];
        var next = Step(model, cache, starts, random);
        while (true)
        {
            for (var row = 0; row < starts.Length; row++)
            {
                ended[row] = ended[row] || next[row] == model.Config.EosId;
                if (!ended[row])
                {
                    drawn[row].Add(next[row]);
                    ended[row] = drawn[row].Count == most;
                }
            }

            if (Array.TrueForAll(ended, end => end))
            {
                return drawn.Select(tokens => tokens.ToArray());
            }

            // Rows that have ended go on being computed, and nobody reads them: rows don't see each other.
            cancellation.ThrowIfCancellationRequested();
            next = Step(model, cache, [.. next.Select(token => new[] { token })], random);
        }
    }

    /// <summary>Feeds each row's tokens, and draws what follows.</summary>
    private static int[] Step(LanguageModel model, KeyValueCache cache, int[][] tokens, SplitMix64[] random)
    {
        using var scope = NewDisposeScope();
        var time = tokens.Max(row => row.Length);
        var ids = new long[tokens.Length * time];
        var ends = new long[tokens.Length];
        for (var row = 0; row < tokens.Length; row++)
        {
            Array.ConvertAll(tokens[row], token => (long)token).CopyTo(ids, row * time);
            ends[row] = (row * time) + tokens[row].Length - 1;
        }

        var logits = model.Forward(tensor(ids, [tokens.Length, time], device: model.Device), new ForwardOptions
        {
            Cache = cache,
            Lengths = [.. tokens.Select(row => row.Length)],
            LogitPositions = tensor(ends, device: model.Device),
        });
        var chances = logits.to(ScalarType.Float64).softmax(-1).cumsum(-1).cpu().contiguous().data<double>().ToArray();
        var width = chances.Length / tokens.Length;
        return [.. random.Select((one, row) => Drawn(chances.AsSpan(row * width, width), one.NextDouble()))];
    }

    private static int Drawn(ReadOnlySpan<double> cumulative, double place)
    {
        var found = cumulative.BinarySearch(place * cumulative[^1]);
        return Math.Min(found < 0 ? ~found : found + 1, cumulative.Length - 1);
    }
}
