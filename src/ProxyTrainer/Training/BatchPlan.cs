using System.Numerics;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>How many tokens are computed at once: as many as asked for, or as many as there is memory for.</summary>
public static class BatchPlan
{
    /// <summary>The rest stays for what is made of a batch, and for what an allocator holds back.</summary>
    private const double Share = .7;

    /// <summary>Tokens of a captured batch.</summary>
    /// <param name="model">The model, loaded.</param>
    /// <param name="longest">Tokens of the longest row, which can't be divided.</param>
    /// <param name="most">What is asked for.</param>
    /// <param name="progress">Told when it can't be had.</param>
    /// <param name="scope">The tracked layers.</param>
    public static int Capture(LanguageModel model, int longest, int most, IProgressSink progress, LayerScope scope = LayerScope.Blocks)
    {
        var tokens = Largest(count => MemoryEstimate.Capture(model.Config, count, model.Place, scope).Activations, FreeMemory.On(model.Device), longest, most);
        if (tokens < most)
        {
            progress.Message($"Batches of {tokens:N0} tokens, not {most:N0}: memory is for no more.");
        }

        return tokens;
    }

    /// <summary>Parts that a training batch must be computed in, one after another.</summary>
    /// <param name="model">The model, with its optimiser.</param>
    /// <param name="longest">Tokens of the longest row.</param>
    /// <param name="most">Tokens of a batch.</param>
    public static int TrainingParts(LanguageModel model, int longest, int most) =>
        (int)Math.Ceiling((double)most / Largest(
            count => MemoryEstimate.Training(model.Config, count, model.Place).Activations, FreeMemory.On(model.Device), longest, most));

    /// <summary>The most tokens, a power of two below <paramref name="most"/>, for which an estimate stays within the memory there is.</summary>
    /// <param name="estimate">Bytes for a number of tokens.</param>
    /// <param name="memory">Bytes that are free; null: unknown.</param>
    /// <param name="longest">No fewer, also where it doesn't fit.</param>
    /// <param name="most">No more.</param>
    public static int Largest(Func<long, long> estimate, long? memory, int longest, int most)
    {
        var tokens = most;
        while (memory is { } free && tokens > longest && estimate(tokens) > Share * free)
        {
            tokens = BitOperations.IsPow2(tokens) ? tokens / 2 : 1 << BitOperations.Log2((uint)tokens);
        }

        return Math.Max(tokens, Math.Min(longest, most));
    }
}
