
namespace Tda.Lab.Generation;

/// <summary>
/// Draws completions of many prompts without a server. The completion <c>choice</c> of <c>prompt</c> has the seed of index
/// <c>prompt · Choices + choice</c>, as in one server request with these prompts, <c>n</c> and <c>seed</c>: both give the
/// same texts.
/// </summary>
public static class Sampler
{
    /// <summary>Completions in the order of prompts, then choices.</summary>
    /// <exception cref="ContextLengthException">A prompt leaves no room for a completion.</exception>
    public static IReadOnlyList<SampledCompletion> Generate(
        ITextModel model, IReadOnlyList<string> prompts, SamplerOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Choices, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        var texts = new TokenTexts(model.Tokenizer);
        var results = new SampledCompletion[prompts.Count * options.Choices];

        // Prompts of like lengths join together, so that a prefill has little padding.
        var encoded = prompts.Select(p => PromptEncoder.Encode(model, p)).ToArray();
        var waiting = new Queue<int>(Enumerable.Range(0, results.Length).OrderBy(i => encoded[i / options.Choices].Length));

        using var task = progress.Start("sample", results.Length, "completions");
        using var loop = new DecodingLoop(model, Math.Min(options.BatchSize, Math.Max(1, results.Length)));
        var done = 0;
        while (waiting.Count > 0 || loop.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            while (loop.HasRoom && waiting.TryDequeue(out var index))
            {
                var (prompt, choice) = Math.DivRem(index, options.Choices);
                var generated = new GeneratedChoice();
                loop.Add(new GeneratingSequence(
                    model, texts, encoded[prompt], options.Sampling, SplitMix64.SequenceSeed(options.Seed, options.Indices?[index] ?? index), delta =>
                    {
                        generated.Add(delta);
                        if (delta.Finish is { } finish)
                        {
                            results[index] = new SampledCompletion(
                                prompt, choice, generated.Text, finish, generated.Tokens, generated.GeneratedTokens);
                            done++;
                        }
                    }));
            }

            loop.Step();
            task.Report(done);
        }

        return results;
    }
}

/// <summary>How <see cref="Sampler"/> draws completions.</summary>
public sealed record SamplerOptions
{
    /// <summary>How each completion is drawn.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Completions per prompt, at least 1. Default 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Seed of the first completion; the others' follow from it and their index.</summary>
    public long Seed { get; init; }

    /// <summary>The index that each completion takes its seed from, where these are a part of a larger set; null: its place here.</summary>
    public IReadOnlyList<int>? Indices { get; init; }

    /// <summary>Sequences decoded together, at least 1. Default 64. Changes speed and memory, not the completions.</summary>
    public int BatchSize { get; init; } = 64;
}

/// <summary>A completion drawn offline.</summary>
/// <param name="Prompt">Index of its prompt.</param>
/// <param name="Choice">Which of the prompt's completions it is, from 0.</param>
public sealed record SampledCompletion(
    int Prompt, int Choice, string Text, FinishReason Finish, IReadOnlyList<GeneratedToken> Tokens, int GeneratedTokens);
