using Tda.Core.Drift;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// Tests a surrogate's own answers against the upstream's to the same prompts, by <see cref="BettingTest"/>. If both spoke alike, which answer
/// is whose would be a fair coin for every prompt, whatever the prompts are and however they change. They never do quite; how many answers it
/// takes to tell them apart says how near they are.
/// </summary>
internal sealed class SurrogateAnswers(LanguageModel model, ITokenizer tokenizer, DriftOptions options)
{
    private const int Together = 32;

    /// <summary>The test over the first answers, ended where it reached 1/α; null where there is nothing to compare.</summary>
    /// <param name="name">The bar's name.</param>
    /// <param name="answers">Answers to prompts that the surrogate wasn't trained on, oldest first.</param>
    /// <param name="progress">A bar.</param>
    /// <param name="cancellation">Stops between tokens.</param>
    public BettingFinding? Compare(string name, DatedAnswer[] answers, IProgressSink progress, CancellationToken cancellation)
    {
        var room = model.Config.MaxPositions - 2;
        if (answers.Length == 0 || options.Sampled == 0 || room < 1)
        {
            return null;
        }

        var most = Math.Min(options.SampledTokens, room);
        var features = new FourierFeatures(options.Seed);
        var test = new BettingTest(features.Count);
        using var task = progress.Start(name, Math.Min(options.Sampled, answers.Length), "answers");
        foreach (var chunk in answers.Take(options.Sampled).Chunk(Together))
        {
            int[][] starts = [.. chunk.Select(one => Start(one.Prompt, model.Config.MaxPositions - most))];
            var drawn = SequenceSampler.Draw(model, starts, [.. chunk.Select(SeedOf)], most, progress: null, cancellation);
            for (var i = 0; i < chunk.Length; i++)
            {
                // Both by their first tokens: else the one that was allowed to speak longer would be told by that.
                test.Add(features.Of(Beginning(chunk[i].Response, most)), features.Of(tokenizer.Decode(drawn[i])));
                task.Report(test.Pairs);
                if (test.LogEValue >= -Math.Log(options.Alpha))
                {
                    return DriftDetector.Named(new BettingFinding(test.EValue, test.Pairs, test.Pairs), answers);
                }
            }
        }

        return new BettingFinding(test.EValue, test.Pairs);
    }

    // As in training: a prompt that is too long loses its beginning.
    private int[] Start(string prompt, int room) => [tokenizer.BosId, .. tokenizer.Encode(prompt).TakeLast(room - 1)];

    private string Beginning(string text, int tokens) => tokenizer.Decode(tokenizer.Encode(text).AsSpan()[..Math.Min(tokens, tokenizer.Encode(text).Length)]);

    private ulong SeedOf(DatedAnswer answer) => SplitMix64.Of(options.Seed, answer.Id).Next();
}
