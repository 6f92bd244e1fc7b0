namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Keys and values of the tokens seen so far, for batched generation. Each row has its own length, so sequences may join
/// (a pass over some rows, <see cref="ForwardOptions.CacheRows"/>), grow and leave (<see cref="Clear"/>) at any time.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;   // per layer: (rows · capacity, key-value heads · head size)
    private readonly Tensor[] _values;
    private readonly int[] _lengths;

    /// <param name="model">Whose keys and values.</param>
    /// <param name="rows">Most sequences at a time.</param>
    public KeyValueCache(LanguageModel model, int rows)
    {
        Capacity = model.Config.MaxPositions;
        var width = (long)model.Config.KeyValueHeads * model.Config.HeadSize;
        Tensor[] Buffers() => [.. Enumerable.Range(0, model.Config.Layers)
            .Select(_ => zeros([(long)rows * Capacity, width], model.DType, model.Device).DetachFromDisposeScope())];
        _keys = Buffers();
        _values = Buffers();
        _lengths = new int[rows];
    }

    /// <summary>Most tokens a row: the model's positions.</summary>
    public int Capacity { get; }

    /// <summary>Most sequences at a time.</summary>
    public int Rows => _lengths.Length;

    /// <summary>Tokens stored in each row.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Empties a row for another sequence.</summary>
    public void Clear(int row) => _lengths[row] = 0;

    /// <summary>Copies a row over another, so that rows in use can be kept together; the source row becomes empty.</summary>
    public void Move(int from, int to)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        foreach (var buffer in _keys.Concat(_values))
        {
            buffer.narrow(0, (long)to * Capacity, _lengths[from]).copy_(buffer.narrow(0, (long)from * Capacity, _lengths[from]));
        }

        (_lengths[to], _lengths[from]) = (_lengths[from], 0);
    }

    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Stores rows <paramref name="from"/> of a pass's keys and values, (B · T, width), in slots <paramref name="to"/>.</summary>
    internal void Store(int layer, Tensor keys, Tensor values, Tensor from, Tensor to)
    {
        _keys[layer].index_copy_(0, to, keys.detach().index_select(0, from));
        _values[layer].index_copy_(0, to, values.detach().index_select(0, from));
    }

    /// <summary>The first <paramref name="length"/> slots of the rows: (B, length, width), slots beyond a row's own length included.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="rows">int64 rows, or null for the first <paramref name="count"/>.</param>
    /// <param name="count">B.</param>
    /// <param name="length">Slots.</param>
    internal (Tensor Keys, Tensor Values) Read(int layer, Tensor? rows, int count, int length)
    {
        return (Part(_keys[layer]), Part(_values[layer]));

        Tensor Part(Tensor buffer)
        {
            var slots = buffer.view(Rows, Capacity, -1).narrow(1, 0, length);
            return rows is null ? slots.narrow(0, 0, count) : slots.index_select(0, rows);
        }
    }

    internal void Advance(int row, int added) => _lengths[row] += added;
}
