using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>A pass through documents on several threads: one of them reads at a time, the others compute.</summary>
/// <param name="Threads">Threads, at least 1. Results don't depend on them.</param>
internal sealed record DocumentPass(int Threads)
{
    private const int TakenAtOnce = 16;

    /// <summary>As many threads as there are cores.</summary>
    public static DocumentPass OnAllCores { get; } = new(Environment.ProcessorCount);

    /// <summary>Does <paramref name="work"/> for every document.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <param name="name">What the progress bar says.</param>
    /// <param name="makeTools">Makes what one thread works with.</param>
    /// <param name="work">Gets the thread's tools, the document's place in the corpus, and the document. Comes from several threads.</param>
    /// <exception cref="OperationCanceledException">The pass was stopped.</exception>
    public void Run<T>(StageDocuments documents, StageContext context, string name, Func<T> makeTools, Action<T, int, Document> work)
    {
        var chunks = Partitioner.Create(documents.Pass(context, name).Index().Chunk(TakenAtOnce), EnumerablePartitionerOptions.NoBuffering);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads };
        try
        {
            Parallel.ForEach(chunks, options, makeTools, (chunk, _, tools) =>
            {
                foreach (var (index, document) in chunk)
                {
                    work(tools, index, document);
                }

                return tools;
            }, _ => { });
        }
        catch (AggregateException error)
        {
            // What reading threw, as it was: the command line knows those errors.
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }
    }
}
