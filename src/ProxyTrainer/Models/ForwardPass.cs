namespace Tda.ProxyTrainer.Models;

/// <summary>One forward pass under way: where its tokens stand and what they may look at.</summary>
internal sealed class ForwardPass
{
    private readonly LanguageModel _model;
    private readonly KeyValueCache? _cache;
    private readonly int[] _rows = [];
    private readonly int[] _counts = [];
    private readonly Tensor? _cacheRows;
    private readonly Tensor? _from;
    private readonly Tensor? _to;
    private readonly int _keyLength;

    public ForwardPass(LanguageModel model, Tensor ids, ForwardOptions? options)
    {
        _model = model;
        (Batch, Time) = ((int)ids.shape[0], (int)ids.shape[1]);
        Taps = options?.Taps;
        SecondOrder = options?.SecondOrder ?? false;
        Response = options?.Response?.to(model.DType);
        if (Response is null == model.Config.ResponseGates || (Response is not null && Taps is not null))
        {
            throw new ArgumentException("A model with gates needs its trade-off parameter for every row, and no taps; another model has none.");
        }

        _cache = options?.Cache;
        if (_cache is null)
        {
            Check(Time, model.Config.MaxPositions);
            return;
        }

        // 1. Which row of the cache each row of the pass belongs to, and how many tokens it adds.
        _rows = [.. options?.CacheRows ?? Enumerable.Range(0, Batch)];
        _counts = [.. options?.Lengths ?? Enumerable.Repeat(Time, Batch)];
        if (_rows.Length != Batch || _counts.Length != Batch)
        {
            throw new ArgumentException($"{Batch} rows of ids, but {_rows.Length} cache rows and {_counts.Length} lengths.");
        }

        // 2. Where the tokens go; padding goes nowhere.
        List<long> from = [], to = [];
        for (var row = 0; row < Batch; row++)
        {
            var start = _cache.Lengths[_rows[row]];
            Check(start + _counts[row], _cache.Capacity);
            _keyLength = Math.Max(_keyLength, start + _counts[row]);
            for (var t = 0; t < _counts[row]; t++)
            {
                from.Add((row * Time) + t);
                to.Add(((long)_rows[row] * _cache.Capacity) + start + t);
            }
        }

        _from = tensor(from.ToArray(), device: model.Device);
        _to = tensor(to.ToArray(), device: model.Device);

        // 3. What they look at: rows that all begin here see this pass's keys alone, others the cache's.
        if (Array.TrueForAll(_rows, row => _cache.Lengths[row] == 0))
        {
            return;
        }

        var first = _rows.SequenceEqual(Enumerable.Range(0, Batch));
        _cacheRows = first ? null : tensor(Array.ConvertAll(_rows, row => (long)row), device: model.Device);
        // Padding may stand beyond the last position: it is computed and never read, but must not index outside.
        var positions = _rows.SelectMany(row => Enumerable.Range(_cache.Lengths[row], Time))
            .Select(at => (long)Math.Min(at, model.Config.MaxPositions - 1));
        Positions = tensor(positions.ToArray(), device: model.Device);
        var hidden = arange(_keyLength, ScalarType.Int64, model.Device).view(1, 1, _keyLength).gt(Positions.view(Batch, Time, 1));
        Mask = zeros([Batch, Time, _keyLength], model.DType, model.Device).masked_fill(hidden, double.NegativeInfinity).unsqueeze(1);
    }

    public int Batch { get; }

    public int Time { get; }

    public bool HasCache => _cache is not null;

    public TapSet? Taps { get; set; }

    /// <summary>int64 (B · T), or null when every row's positions are 0..T−1.</summary>
    public Tensor? Positions { get; }

    /// <summary>Added to the attention scores, 0 or −∞: (B, 1, T, keys); null where each position sees itself and all before it.</summary>
    public Tensor? Mask { get; }

    /// <summary>The same for passes without a mask of their own: (T, T).</summary>
    public Tensor CausalMask => _model.CausalMask(Time);

    /// <summary>Gradients of gradients will be taken.</summary>
    public bool SecondOrder { get; }

    /// <summary>cos and sin of the pass's positions, of families that have rotary ones; set as the tokens are embedded.</summary>
    public (Tensor Cos, Tensor Sin) Rotary { get; set; }

    /// <summary>(B): the standardised trade-off parameter of each row; null of a model without gates.</summary>
    public Tensor? Response { get; }

    /// <summary>Keeps this pass's keys and values, (B · T, width), and gives all that attention must read: (B, keys, width).</summary>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        _cache?.Store(layer, keys, values, _from!, _to!);
        return _cache is null || Positions is null
            ? (keys.view(Batch, Time, -1), values.view(Batch, Time, -1))
            : _cache.Read(layer, _cacheRows, Batch, _keyLength);
    }

    /// <summary>Counts the new tokens in: all layers have stored theirs.</summary>
    public void Finish()
    {
        for (var row = 0; row < _rows.Length; row++)
        {
            _cache!.Advance(_rows[row], _counts[row]);
        }
    }

    private static void Check(int length, int limit)
    {
        if (length > limit)
        {
            throw new ArgumentException($"A sequence of {length} tokens is longer than the {limit} positions there are.");
        }
    }
}

/// <summary>What a forward pass does beyond turning ids into logits.</summary>
public sealed record ForwardOptions
{
    /// <summary>
    /// Tokens of each row that count, the rest being padding on the right; null: all. Only a pass with a cache needs it:
    /// attention is causal, so padding on the right never reaches a token before it.
    /// </summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>Captures inputs and output gradients of the tracked layers.</summary>
    public TapSet? Taps { get; init; }

    /// <summary>
    /// Gradients of gradients will be taken: attention is then composed of operators that have second derivatives, which the fused one,
    /// a third faster on long rows, doesn't.
    /// </summary>
    public bool SecondOrder { get; init; }

    /// <summary>(B): each row's trade-off parameter η, of a model with <see cref="ModelConfig.ResponseGates"/>, and of no other.</summary>
    public Tensor? Response { get; init; }

    /// <summary>Keys and values of earlier passes; this pass appends its own.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Which row of the cache each row of ids continues; null: the first rows, in order.</summary>
    public IReadOnlyList<int>? CacheRows { get; init; }

    /// <summary>
    /// int64 (n): flat positions row · T + t whose logits are wanted, giving (n, V) instead of (B, T, V). The head is the
    /// widest layer of a small model: prompts and padding shouldn't pay for it.
    /// </summary>
    public Tensor? LogitPositions { get; init; }
}
