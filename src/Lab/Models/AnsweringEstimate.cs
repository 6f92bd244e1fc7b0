using System.Diagnostics;
using Tda.Lab.Generation;

namespace Tda.Lab.Models;

/// <summary>Says before a model on this machine is asked what its answers will take, by drawing a few of them.</summary>
public static class AnsweringEstimate
{
    private const int Drawn = 32;
    private const int Read = 8;

    /// <summary>What a line of answers or texts takes beside the prompt and the answer, in bytes.</summary>
    private const int LineBytes = 150;

    /// <summary>Answers that are decoded together, as <see cref="Sampler"/> does.</summary>
    private static readonly int Together = new SamplerOptions().BatchSize;

    /// <param name="job">The job's name.</param>
    /// <param name="model">The model that will be asked.</param>
    /// <param name="asked">What it will be asked.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <returns>Time without the judge's, memory and disk.</returns>
    public static JobPlan Of(string job, LabModel model, EstimatedAnswers asked, CancellationToken cancellation)
    {
        var config = model.Model.Config;
        // The cache of keys and values, and the logits of a step: as tensor, as array and while one is drawn.
        var memory = sizeof(float) * (config.ParameterCount
            + ((long)Together * config.MaxPositions * config.KeyValueHeads * config.HeadSize * 2 * config.Layers)
            + (3L * Together * config.VocabularySize));
        if (!asked.Timed)
        {
            // At most: every answer of full length, at four bytes a token.
            var longest = 4L * Math.Min(asked.Ask.MaxTokens, config.MaxPositions);
            return new JobPlan(job, Lines(asked, longest), memory, null);
        }

        // 1. A first answer warms up; then some answers to prompts from everywhere.
        var prompts = Spread([.. asked.Prompts.Where(prompt => HasRoom(model, prompt))], Drawn);
        var sampler = new SamplerOptions
        {
            Sampling = new SamplingSettings { Temperature = asked.Ask.Temperature, MaxTokens = asked.Ask.MaxTokens },
            Seed = asked.Ask.Seed,
        };
        IReadOnlyList<SampledCompletion> Answers(string[] to) => Sampler.Generate(model, to, sampler, NullProgress.Instance, cancellation);
        Answers([.. prompts.Take(1)]);
        IReadOnlyList<SampledCompletion> drawn = [];
        var seconds = Seconds(() => drawn = Answers(prompts)) * asked.Answers / Math.Max(1, prompts.Length);

        // 2. Some of the texts.
        var texts = Spread(asked.Texts, Read);
        if (texts.Length > 0)
        {
            var read = Seconds(() =>
            {
                foreach (var text in texts)
                {
                    Perplexity.Measure(model.Model, model.Tokenizer, [text], cancellation);
                }
            });
            seconds += read * Length(asked.Texts) / Length(texts);
        }

        return new JobPlan(job, Lines(asked, Bytes([.. drawn.Select(one => one.Text)])), memory, seconds);
    }

    private static long Lines(EstimatedAnswers asked, double answer) =>
        (long)(asked.Answers * (LineBytes + Bytes(asked.Prompts) + answer)) + (asked.Texts.Count * (long)LineBytes);

    private static bool HasRoom(LabModel model, string prompt) => model.Tokenizer.Encode(prompt).Length + 1 < model.ContextLength;

    private static string[] Spread(IReadOnlyList<string> all, int count) =>
        [.. Enumerable.Range(0, Math.Min(count, all.Count)).Select(i => all[(int)((long)i * all.Count / Math.Min(count, all.Count))])];

    private static double Length(IEnumerable<string> texts) => Math.Max(1.0, texts.Sum(text => (long)text.Length));

    private static double Bytes(IReadOnlyList<string> texts) => texts.Count == 0 ? 0 : texts.Average(text => Encoding.UTF8.GetByteCount(text));

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <summary>Answers whose cost is asked for.</summary>
public sealed record EstimatedAnswers
{
    /// <summary>The prompts, or some that are like them.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>How many answers are drawn in all.</summary>
    public required int Answers { get; init; }

    /// <summary>Texts whose perplexity is measured.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>How answers are drawn.</summary>
    public AskOptions Ask { get; init; } = new();

    /// <summary>Whether to measure how long it takes. Default yes.</summary>
    public bool Timed { get; init; } = true;
}
