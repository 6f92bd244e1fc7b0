using System.Threading.Channels;

namespace Tda.Lab.Generation;

/// <summary>
/// Decodes the sequences of concurrent requests in one batch, on a thread of its own. A request is taken whole or refused:
/// at most <c>maxQueue</c> sequences wait for a place in the batch of <c>maxBatch</c>.
/// </summary>
public sealed class GenerationEngine : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<GeneratingSequence> _queue = new();
    private readonly ITextModel _model;
    private readonly TokenTexts _texts;
    private readonly int _maxBatch;
    private readonly int _maxQueue;
    private readonly Thread _thread;
    private bool _stopping;

    /// <summary>Starts the decoding thread. The model stays the caller's to dispose of, after the engine.</summary>
    public GenerationEngine(ITextModel model, TokenTexts texts, int maxBatch, int maxQueue)
    {
        (_model, _texts, _maxBatch, _maxQueue) = (model, texts, maxBatch, maxQueue);
        _thread = new Thread(Run) { IsBackground = true, Name = "lab-generation" };
        _thread.Start();
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
        lock (_gate)
        {
            if (_stopping || _queue.Count + sequences.Length > _maxQueue)
            {
                return null;
            }

            foreach (var sequence in sequences)
            {
                _queue.Enqueue(sequence);
            }

            Monitor.Pulse(_gate);
        }

        return channel.Reader;

        GeneratingSequence Create(int index)
        {
            var seed = SplitMix64.SequenceSeed(request.Seed, index);
            return new(_model, _texts, request.Prompts[index / request.Choices], request.Sampling, seed, Receive)
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
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (DecodeUntilFailure())
        {
        }

        lock (_gate)
        {
            foreach (var sequence in _queue)
            {
                sequence.OnFailed?.Invoke(Stopping());
            }
        }
    }

    /// <summary>False when the engine has been stopped.</summary>
    private bool DecodeUntilFailure()
    {
        using var loop = new DecodingLoop(_model, _maxBatch);
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
        lock (_gate)
        {
            while (!_stopping && loop.Count == 0 && _queue.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            while (!_stopping && loop.HasRoom && _queue.TryDequeue(out var next))
            {
                loop.Add(next);
            }

            return !_stopping;
        }
    }

    private static TdaException Stopping() => new("The server is stopping.");
}

/// <summary>Completions asked for together; sequence <c>prompt · Choices + choice</c> continues prompt <c>prompt</c>.</summary>
/// <param name="Prompts">BOS and tokens of each prompt (see <see cref="PromptEncoder"/>).</param>
/// <param name="Sampling">How each completion is drawn.</param>
/// <param name="Choices">Completions per prompt, at least 1.</param>
/// <param name="Seed">Seed of the first completion; the others' follow from it and their index.</param>
public sealed record GenerationRequest(IReadOnlyList<int[]> Prompts, SamplingSettings Sampling, int Choices, long Seed)
{
    /// <summary>Completions in all.</summary>
    public int Sequences => Prompts.Count * Choices;
}

/// <summary>A delta of the sequence <paramref name="Index"/> of a request.</summary>
public readonly record struct IndexedDelta(int Index, SequenceDelta Delta);
