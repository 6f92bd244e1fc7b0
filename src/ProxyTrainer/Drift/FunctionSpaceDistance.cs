using Tda.Core.Drift;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// How far two language models are apart as functions, without any data: on sequences that the first one writes from BOS, with exact
/// activations. The gates of <see cref="LaftrSummary"/> stand for ReLU units; GELU and SiLU have none.
/// </summary>
public static class FunctionSpaceDistance
{
    /// <param name="first">θ₀: it writes the sequences.</param>
    /// <param name="second">θ₁, with the same tokens.</param>
    /// <param name="other">What θ₁ is, for the result.</param>
    /// <param name="options">How many sequences, and the seed.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UsageException">Options out of range, or the vocabularies differ.</exception>
    public static FunctionDistance Between(
        LanguageModel first, LanguageModel second, string other, DistanceOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        if (first.Config.VocabularySize != second.Config.VocabularySize)
        {
            throw new UsageException(
                $"The models have {first.Config.VocabularySize:N0} and {second.Config.VocabularySize:N0} tokens: their outputs can't be compared.");
        }

        var length = Math.Min(options.Length, Math.Min(first.Config.MaxPositions, second.Config.MaxPositions) - 1);
        int[][] starts = [.. Enumerable.Repeat(new[] { first.Config.BosId }, options.Sequences)];
        ulong[] seeds = [.. Enumerable.Range(0, options.Sequences).Select(i => SplitMix64.SequenceSeed(options.Seed, i))];
        TrainingExample[] examples = [.. SequenceSampler.Draw(first, starts, seeds, length, progress: null, cancellation)
            .Select(tokens => Example([first.Config.BosId, .. tokens, first.Config.EosId]))];
        return Over(first, second, other, examples, cancellation);
    }

    /// <summary>The distance on given sequences, at every place whose next token carries loss.</summary>
    internal static FunctionDistance Over(
        LanguageModel first, LanguageModel second, string other, IReadOnlyList<TrainingExample> examples, CancellationToken cancellation = default)
    {
        var (squared, nats, tokens) = (0.0, 0.0, 0L);
        using var gradients = no_grad();
        foreach (var rows in BatchSchedule.Sorted([.. examples.Select(example => example.Tokens.Length - 1)], 2048))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Batch.Collate(examples, rows, first.Device, first.DType);
            var options = new ForwardOptions { LogitPositions = batch.Positions };
            var one = first.Forward(batch.Ids, options).to(ScalarType.Float64);
            var two = second.Forward(batch.Ids, options).to(ScalarType.Float64);

            // A constant added to all logits of a place changes nothing in what the model says.
            var difference = one.sub(two);
            squared += difference.sub(difference.mean([-1L], keepdim: true)).square().sum().item<double>();
            var log = one.log_softmax(-1);
            nats += log.exp().mul(log.sub(two.log_softmax(-1))).sum().item<double>();
            tokens += batch.Count;
        }

        return new FunctionDistance(other, Math.Sqrt(squared / tokens), Math.Max(0, nats / tokens), tokens);
    }

    private static TrainingExample Example(int[] tokens)
    {
        var weights = new float[tokens.Length];
        Array.Fill(weights, 1);
        return new TrainingExample(tokens, weights);
    }
}

/// <summary>On what two models are compared.</summary>
public sealed record DistanceOptions
{
    /// <summary>Sequences that the first model writes, 1 to 100,000; default 64.</summary>
    public int Sequences { get; init; } = 64;

    /// <summary>Most tokens of one, at least 1; default 64, or the models' positions where they are fewer.</summary>
    public int Length { get; init; } = 64;

    /// <summary>Seed of the sequences.</summary>
    public long Seed { get; init; }

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate() => new OptionChecks()
        .Between("sequences", Sequences, 1, 100_000)
        .AtLeast("length", Length, 1)
        .Throw("The distance's");
}
