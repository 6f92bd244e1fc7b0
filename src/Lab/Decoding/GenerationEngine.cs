using System.Threading.Channels;
using Tda.Lab.Generation;

namespace Tda.Lab.Decoding;

/// <summary>
/// Decodes the sequences of concurrent requests in one batch, on a thread of its own. A request is taken whole or refused:
/// at most <c>maxQueue</c> sequences wait for a place in the batch of <c>maxBatch</c>.
/// </summary>
public sealed class GenerationEngine : IDisposable
{
    private readonly object gate = new();
    private readonly Queue<GeneratingSequence> queue = new();
    private readonly ITextModel model;
    private readonly TokenTable table;
    private readonly int maxBatch;
    private readonly int maxQueue;
    private readonly Thread thread;
    private bool stopping;

    /// <summary>Starts the decoding thread. The model stays the caller's to dispose of, after the engine.</summary>
    public GenerationEngine(ITextModel model, TokenTable table, int maxBatch, int maxQueue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxQueue, 1);
        this.model = model;
        this.table = table;
        this.maxBatch = maxBatch;
        this.maxQueue = maxQueue;
        thread = new Thread(Run) { IsBackground = true, Name = "lab-generation" };
        thread.Start();
    }

    /// <summary>
    /// Queues a request; null when the queue has no room for it. The reader ends after every sequence's last delta, and
    /// faults with a <see cref="TdaException"/> if decoding fails or the engine stops.
    /// </summary>
    public ChannelReader<IndexedDelta>? TrySubmit(GenerationRequest request, CancellationToken cancellation)
    {
        var channel = Channel.CreateUnbounded<IndexedDelta>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var unfinished = request.Sequences;
        var sequences = Enumerable.Range(0, request.Sequences).Select(Create).ToArray();
        lock (gate)
        {
            if (stopping || queue.Count + sequences.Length > maxQueue)
            {
                return null;
            }

            foreach (var sequence in sequences)
            {
                queue.Enqueue(sequence);
            }

            Monitor.Pulse(gate);
        }

        return channel.Reader;

        GeneratingSequence Create(int index)
        {
            var seed = SplitMix64.SequenceSeed(request.Seed, index);
            return new(model, table, request.Prompts[index / request.Choices], request.Sampling, seed, Receive)
            {
                Cancelled = cancellation,
                OnFailed = error => channel.Writer.TryComplete(error),
            };

            void Receive(SequenceDelta delta)
            {
                channel.Writer.TryWrite(new IndexedDelta(index, delta));
                if (delta.Finish is not null && --unfinished == 0)
                {
                    channel.Writer.TryComplete();
                }
            }
        }
    }

    /// <summary>Ends the decoding thread; what it had under way fails with an error that says so.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
    }

    private void Run()
    {
        while (DecodeUntilFailure())
        {
        }

        lock (gate)
        {
            foreach (var sequence in queue)
            {
                sequence.OnFailed?.Invoke(Stopping());
            }
        }
    }

    /// <summary>False when the engine has been stopped.</summary>
    private bool DecodeUntilFailure()
    {
        using var loop = new DecodingLoop(model, maxBatch);
        try
        {
            while (TakeIn(loop))
            {
                loop.Step();
            }

            loop.Fail(Stopping());
            return false;
        }
        catch (Exception e)
        {
            // The cache may be half-written: everyone in the batch gets the error, and the next batch starts afresh.
            loop.Fail(new TdaException($"Generation failed: {e.Message}", e));
            return true;
        }
    }

    /// <summary>Waits until there is something to decode, and fills the batch from the queue; false when stopped.</summary>
    private bool TakeIn(DecodingLoop loop)
    {
        lock (gate)
        {
            while (!stopping && loop.Count == 0 && queue.Count == 0)
            {
                Monitor.Wait(gate);
            }

            while (!stopping && loop.HasRoom && queue.TryDequeue(out var next))
            {
                loop.Add(next);
            }

            return !stopping;
        }
    }

    private static TdaException Stopping() => new("The server is stopping.");
}
