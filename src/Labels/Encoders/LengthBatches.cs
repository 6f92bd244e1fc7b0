using Tda.Labels.Onnx;

namespace Tda.Labels.Encoders;

/// <summary>
/// Runs a model over texts in batches of windows of about the same length, so that little is computed on padding: texts are read some
/// thousand at a time, their windows sorted by length and batched up to a number of tokens, and what comes out is put back in order.
/// </summary>
/// <param name="tokenizer">Cuts the texts into windows.</param>
/// <param name="options">Lengths and sizes.</param>
internal sealed class LengthBatches(TextTokenizer tokenizer, BatchingOptions options)
{
    // Few texts of many lengths would else be computed as if all were as long as the longest.
    private const double LeastFilled = .8;

    private long _cut;

    /// <summary>Texts so far whose end lay behind their last window.</summary>
    public long Cut => Interlocked.Read(ref _cut);

    /// <summary>One result a text, in order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="run">Runs a batch: the windows to one array each.</param>
    /// <param name="merge">Puts a text's windows together: their arrays, in order.</param>
    /// <param name="cancel">Stops between batches.</param>
    public IEnumerable<float[]> Run(
        IEnumerable<string> texts, Func<IReadOnlyList<int[]>, float[][]> run, Func<float[][], float[]> merge, CancellationToken cancel)
    {
        foreach (var chunk in texts.Chunk(options.TextsAtOnce))
        {
            var windows = chunk.SelectMany(text =>
            {
                var cut = tokenizer.Windows(text, options.Windows, out var longer);
                _cut += longer ? 1 : 0;
                return cut.Select(ids => (Ids: ids, Count: cut.Count));
            }).ToArray();
            var results = new float[windows.Length][];
            // A stable sort: which windows share a batch is a function of the texts alone.
            int[] order = [.. Enumerable.Range(0, windows.Length).OrderByDescending(i => windows[i].Ids.Length)];
            Parallel.ForEach(
                Batches(order, i => windows[i].Ids.Length),
                new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancel },
                batch =>
                {
                    var outputs = run(Array.ConvertAll(batch, i => windows[i].Ids));
                    for (var i = 0; i < batch.Length; i++)
                    {
                        results[batch[i]] = outputs[i];
                    }
                });
            for (var at = 0; at < windows.Length; at += windows[at].Count)
            {
                yield return merge(results[at..(at + windows[at].Count)]);
            }
        }
    }

    // From the longest on, so that a batch's padded size is its first window's length times its number.
    private IEnumerable<int[]> Batches(int[] order, Func<int, int> length)
    {
        for (var at = 0; at < order.Length;)
        {
            var longest = length(order[at]);
            int size = 1, most = Math.Clamp(options.BatchTokens / longest, 1, Math.Min(options.BatchSize, order.Length - at));
            while (size < most && length(order[at + size]) >= LeastFilled * longest)
            {
                size++;
            }

            yield return order[at..(at + size)];
            at += size;
        }
    }
}

/// <summary>How texts are batched. None of it changes a result, but for rounding.</summary>
public sealed record BatchingOptions
{
    /// <summary>How texts are cut.</summary>
    public WindowOptions Windows { get; init; } = new();

    /// <summary>Most windows of a batch, at least 1. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Most tokens of a batch with its padding, at least 1; a longer window is a batch of its own. Default 512: larger batches take longer on CPUs (`bench label`).</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Texts that are read ahead and sorted together, at least 1. Default 1,024.</summary>
    public int TextsAtOnce { get; init; } = 1_024;

    /// <summary>Batches computed at once, each on one thread, at least 1. Default the number of processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks the ranges.</summary>
    public void Check(OptionChecks checks)
    {
        Windows.Check(checks);
        checks.Between("batch size", BatchSize, 1, 4_096)
            .AtLeast("tokens of a batch", BatchTokens, 1)
            .AtLeast("texts at once", TextsAtOnce, 1)
            .Between("threads", Threads, 1, 1_024);
    }
}
