namespace Tda.Lab.Generation;

/// <summary>
/// Decodes sequences together, one token a step each. Sequences join and leave between steps, so a batch is never held up
/// by its longest member. Used by the server's engine and by the offline <see cref="Sampler"/> alike. Not thread-safe.
/// </summary>
public sealed class DecodingLoop(ITextModel model, int maxRows) : IDisposable
{
    private readonly IDecodingSession _session = model.Open(maxRows);
    private readonly List<GeneratingSequence> _active = [];
    private readonly List<GeneratingSequence> _joining = [];
    private readonly int _vocabulary = model.VocabularySize;
    private readonly float[] _logits = new float[maxRows * model.VocabularySize];
    private readonly int[] _tokens = new int[maxRows];

    /// <summary>Sequences being decoded or about to join.</summary>
    public int Count => _active.Count + _joining.Count;

    /// <summary>Whether another sequence can join.</summary>
    public bool HasRoom => Count < maxRows;

    /// <summary>Tells every sequence that it can't be finished. The loop is of no use after that.</summary>
    public void Fail(Exception error)
    {
        foreach (var sequence in _active.Concat(_joining))
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

        _joining.Add(sequence);
    }

    /// <summary>One token more for every sequence; those that joined get their prompt processed and their first token.</summary>
    public void Step()
    {
        // 1. Drop what nobody waits for any more.
        _joining.RemoveAll(s => s.Cancelled.IsCancellationRequested);
        for (var row = _active.Count - 1; row >= 0; row--)
        {
            if (_active[row].Cancelled.IsCancellationRequested)
            {
                Leave(row);
            }
        }

        // 2. One decoding step for the sequences under way.
        if (_active.Count > 0)
        {
            for (var row = 0; row < _active.Count; row++)
            {
                _tokens[row] = _active[row].LastToken;
            }

            _session.Decode(_tokens.AsSpan(0, _active.Count), _logits);
            Advance(first: 0);
        }

        // 3. The joining sequences' prompts, in one batch of their own.
        if (_joining.Count > 0)
        {
            var first = _active.Count;
            _session.Prefill(_joining.ConvertAll(s => s.Prompt), _logits);
            _active.AddRange(_joining);
            _joining.Clear();
            Advance(first);
        }
    }

    public void Dispose() => _session.Dispose();

    private void Advance(int first)
    {
        // From the end: a row that leaves is replaced by the last one, which has been advanced already.
        for (var row = _active.Count - 1; row >= first; row--)
        {
            if (!_active[row].Advance(_logits.AsSpan((row - first) * _vocabulary, _vocabulary)))
            {
                Leave(row);
            }
        }
    }

    private void Leave(int row)
    {
        _session.Remove(row);
        _active[row] = _active[^1];
        _active.RemoveAt(_active.Count - 1);
    }
}
