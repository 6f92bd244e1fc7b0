using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Tda.Labels.Judges;

namespace Tda.Labels.Labelers;

/// <summary>A judge's verdicts as values of one label; several texts are judged at once.</summary>
/// <param name="judge">The judge.</param>
/// <param name="label">The label's name.</param>
/// <param name="concurrency">Texts judged at once, at least 1.</param>
public sealed class JudgeLabeler(IJudge judge, string label, int concurrency) : ILabeler
{
    // A value of .5 or more says that the judge calls the text harmful, wherever its own threshold lies.
    private const double LeastHarmful = .5, MostHarmless = .499;

    /// <inheritdoc/>
    public string Name => judge.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; } = [label];

    /// <inheritdoc/>
    public JudgeUsage? Usage => judge.Usage;

    /// <inheritdoc/>
    public async IAsyncEnumerable<LabelResult> LabelAsync(IAsyncEnumerable<LabelInput> texts, [EnumeratorCancellation] CancellationToken cancel)
    {
        var results = Channel.CreateBounded<LabelResult>(Math.Max(concurrency, 16));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var judging = Task.Run(
            async () =>
            {
                Exception? failure = null;
                try
                {
                    // Each gets a token that another's failure doesn't cancel: a verdict that is paid for is given, too.
                    await Parallel.ForEachAsync(
                        texts, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = stop.Token },
                        async (text, _) => await results.Writer.WriteAsync(await ResultAsync(text, stop.Token), stop.Token));
                }
                catch (Exception error)
                {
                    failure = error; // reaches the reader behind the results that came before
                }

                results.Writer.Complete(failure);
            },
            CancellationToken.None);
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancel))
            {
                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await judging;
        }
    }

    private async Task<LabelResult> ResultAsync(LabelInput text, CancellationToken cancel)
    {
        var verdict = await judge.JudgeAsync(text.Prompt, text.Text, cancel);
        if (verdict.Harmful is not { } isHarmful)
        {
            return new LabelResult(text.Index, new Dictionary<string, double>(), verdict.Unclear ?? "");
        }

        var score = verdict.Score ?? (isHarmful ? 1 : 0);
        return new LabelResult(
            text.Index, new Dictionary<string, double>(StringComparer.Ordinal) { [Labels[0]] = isHarmful ? Math.Max(score, LeastHarmful) : Math.Min(score, MostHarmless) });
    }
}
