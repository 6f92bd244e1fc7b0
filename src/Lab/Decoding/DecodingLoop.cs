using Tda.Lab.Generation;

namespace Tda.Lab.Decoding;

/// <summary>
/// Decodes sequences together, one token a step each. Sequences join and leave between steps, so a batch is never held up
/// by its longest member. Used by the server's engine and by the offline <see cref="Sampler"/> alike. Not thread-safe.
/// </summary>
public sealed class DecodingLoop(ITextModel model, int maxRows) : IDisposable
{
    private readonly IDecodingSession session = model.Open(maxRows);
    private readonly List<GeneratingSequence> active = [];
    private readonly List<GeneratingSequence> joining = [];
    private readonly int vocabulary = model.VocabularySize;
    private readonly float[] logits = new float[maxRows * model.VocabularySize];
    private readonly int[] tokens = new int[maxRows];

    /// <summary>Sequences being decoded or about to join.</summary>
    public int Count => active.Count + joining.Count;

    /// <summary>Whether another sequence can join.</summary>
    public bool HasRoom => Count < maxRows;

    /// <summary>Tells every sequence that it can't be finished. The loop is of no use after that.</summary>
    public void Fail(Exception error)
    {
        foreach (var sequence in active.Concat(joining))
        {
            sequence.OnFailed?.Invoke(error);
        }
    }

    /// <summary>Lets a sequence join at the next step.</summary>
    public void Add(GeneratingSequence sequence)
    {
        if (!HasRoom)
        {
            throw new InvalidOperationException($"The batch is full ({maxRows} sequences).");
        }

        joining.Add(sequence);
    }

    /// <summary>One token more for every sequence; those that joined get their prompt processed and their first token.</summary>
    public void Step()
    {
        // 1. Drop what nobody waits for any more.
        joining.RemoveAll(s => s.Cancelled.IsCancellationRequested);
        for (var row = active.Count - 1; row >= 0; row--)
        {
            if (active[row].Cancelled.IsCancellationRequested)
            {
                Leave(row);
            }
        }

        // 2. One decoding step for the sequences under way.
        if (active.Count > 0)
        {
            for (var row = 0; row < active.Count; row++)
            {
                tokens[row] = active[row].LastToken;
            }

            session.Decode(tokens.AsSpan(0, active.Count), logits);
            Advance(first: 0);
        }

        // 3. The joining sequences' prompts, in one batch of their own.
        if (joining.Count > 0)
        {
            var first = active.Count;
            session.Prefill(joining.ConvertAll(s => s.Prompt), logits);
            active.AddRange(joining);
            joining.Clear();
            Advance(first);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private void Advance(int first)
    {
        // From the end: a row that leaves is replaced by the last one, which has been advanced already.
        for (var row = active.Count - 1; row >= first; row--)
        {
            if (!active[row].Advance(logits.AsSpan((row - first) * vocabulary, vocabulary)))
            {
                Leave(row);
            }
        }
    }

    private void Leave(int row)
    {
        session.Remove(row);
        active[row] = active[^1];
        active.RemoveAt(active.Count - 1);
    }
}
