namespace Tda.ProxyTrainer.Training;

/// <summary>
/// The soft targets of a batch as tensors, and their divergences: for each run <c>KL(p ‖ q) = Σ_b p_b (ln p_b − ln q_b)</c> over the
/// run's buckets, p the closed model's probabilities and q the surrogate's.
/// </summary>
/// <remarks>
/// A run of one token has a bucket for every token that the closed model named there, and one for the rest of the vocabulary. With the
/// whole vocabulary named that is the divergence of two next-token distributions (Hinton et al. 2015, arXiv 1503.02531); with less it
/// is a lower bound of it, since joining outcomes never raises a divergence. A run of n tokens has two buckets: its text, <c>q = Π_t q_t</c>,
/// and everything else, <c>1 − q = Σ_t (1 − q_t) Π_{s&lt;t} q_s</c>, a sum of positive terms that stays exact where q is nearly 1.
/// A temperature T makes <c>p_b^{1/T} / Σ_c p_c^{1/T}</c> of the buckets' probabilities on both sides (the rest is one bucket here
/// too, as nobody knows how it is shared out), and the divergence counts T² times, so that its gradient keeps its size.
/// </remarks>
public sealed class TargetBatch
{
    // Stands for ln 0: its exponential is 0, and so is its product with 0, where −∞ would give NaN.
    private const double LogOfNothing = -1e30;

    private readonly double _temperature;
    private readonly int _single;          // S: runs of one token, which come first; then J longer ones
    private readonly int?[] _top;          // of the S
    private readonly Tensor _entries;      // int64 (E): the batch's labels that stand in runs
    private readonly Tensor _named;        // int64 (E, K): the tokens named at each, filled up with its own label
    private readonly Tensor _fillings;     // bool (S, K)
    private readonly Tensor? _members;     // int64 (J, L): entries of each longer run, filled up with 0
    private readonly Tensor? _missing;     // bool (J, L)
    private readonly Tensor _targets;      // (S + J, K + 1): p with temperature, the last bucket the rest
    private readonly Tensor _negentropies; // (S + J): Σ_b p_b ln p_b
    private readonly Tensor _weights;      // (S + J)

    /// <param name="runs">At least one.</param>
    /// <param name="labels">int64 (n): the batch's labels.</param>
    /// <param name="temperature">One for the whole batch.</param>
    /// <param name="type">Type of the divergences.</param>
    internal TargetBatch(IReadOnlyList<PlacedRun> runs, Tensor labels, double temperature, ScalarType type)
    {
        PlacedRun[] ordered = [.. runs.OrderBy(run => run.Target.Count > 1)];
        _temperature = temperature;
        _single = ordered.Count(run => run.Target.Count == 1);
        _top = [.. ordered.Take(_single).Select(run => run.Target.Top)];
        Rows = [.. ordered.Select(run => run.Row)];
        var device = labels.device;
        var width = Math.Max(1, ordered.Max(run => run.Target.Ids.Length));

        long[] entries = [.. ordered.SelectMany(run => Enumerable.Range(run.Label, run.Target.Count)).Select(label => (long)label)];
        _entries = tensor(entries, device: device);
        var own = labels.index_select(0, _entries).unsqueeze(1).repeat(1, width);
        long[] ids = [.. ordered.Take(_single).SelectMany(run => Filled(run.Target.Ids, width, run.Target.Ids[0])).Select(id => (long)id)];
        _named = cat([tensor(ids, [_single, width], device: device), own.narrow(0, _single, entries.Length - _single)], 0);
        bool[] fillings = [.. ordered.Take(_single).SelectMany(run => Enumerable.Range(0, width).Select(k => k >= run.Target.Ids.Length))];
        _fillings = tensor(fillings, [_single, width], device: device);
        if (_single < ordered.Length)
        {
            (_members, _missing) = Members(ordered, _single, device);
        }

        double[][] targets = [.. ordered.Select(run => Tempered(run.Target.Probabilities, width, temperature))];
        _targets = tensor([.. targets.SelectMany(p => p)], [ordered.Length, width + 1], dtype: type, device: device);
        _negentropies = tensor([.. targets.Select(p => p.Sum(x => x > 0 ? x * Math.Log(x) : 0))], dtype: type, device: device);
        _weights = tensor([.. ordered.Select(run => (double)run.Weight)], dtype: type, device: device);
    }

    /// <summary>The row of each run.</summary>
    public int[] Rows { get; }

    /// <summary><c>Σ_runs weight · T² · KL</c>, a scalar, in nats.</summary>
    /// <param name="logits">(n, V), of the batch's labels.</param>
    public Tensor Loss(Tensor logits) => Divergences(logits).mul(_weights).sum();

    /// <summary><c>T² · KL</c> of each run, in the order of <see cref="Rows"/>.</summary>
    /// <inheritdoc cref="Loss"/>
    public Tensor Divergences(Tensor logits)
    {
        var logs = nn.functional.log_softmax(logits.to(_targets.dtype).index_select(0, _entries), 1);
        var named = logs.gather(1, _named);
        var rest = logs.scatter(1, _named, full_like(named, LogOfNothing)).logsumexp(1, keepdim: true);
        List<Tensor> buckets = [];
        if (_single > 0)
        {
            buckets.Add(cat([named.narrow(0, 0, _single).masked_fill(_fillings, LogOfNothing), rest.narrow(0, 0, _single)], 1));
        }

        if (_members is not null)
        {
            var (runs, longest) = (_members.shape[0], _members.shape[1]);
            var texts = named.select(1, 0).index_select(0, _members.view(-1)).view(runs, longest).masked_fill(_missing!, 0);
            var others = rest.view(-1).index_select(0, _members.view(-1)).view(runs, longest).masked_fill(_missing!, LogOfNothing);
            var before = texts.cumsum(1).sub(texts);
            var between = full([runs, named.shape[1] - 1], LogOfNothing, texts.dtype, texts.device);
            buckets.Add(cat([texts.sum(1, keepdim: true), between, before.add(others).logsumexp(1, keepdim: true)], 1));
        }

        var surrogate = nn.functional.log_softmax(cat([.. buckets], 0).div(_temperature), 1);
        return _negentropies.sub(_targets.mul(surrogate).sum(1)).mul(_temperature * _temperature);
    }

    /// <summary>For each run whether the surrogate's most likely token is the closed model's; null where that one isn't known.</summary>
    /// <inheritdoc cref="Loss"/>
    public bool?[] TopAgreements(Tensor logits)
    {
        var best = logits.index_select(0, _entries.narrow(0, 0, _single)).argmax(1).cpu().data<long>().ToArray();
        return [.. Enumerable.Range(0, Rows.Length).Select(run => run < _single && _top[run] is { } top ? best[run] == top : (bool?)null)];
    }

    private static (Tensor Members, Tensor Missing) Members(PlacedRun[] ordered, int single, Device device)
    {
        var longest = ordered.Max(run => run.Target.Count);
        var (members, missing) = (new List<long>(), new List<bool>());
        var first = single;
        foreach (var count in ordered.Skip(single).Select(run => run.Target.Count))
        {
            var at = first;
            members.AddRange(Enumerable.Range(0, longest).Select(t => t < count ? (long)(at + t) : 0));
            missing.AddRange(Enumerable.Range(0, longest).Select(t => t >= count));
            first += count;
        }

        long[] shape = [ordered.Length - single, longest];
        return (tensor(members.ToArray(), shape, device: device), tensor(missing.ToArray(), shape, device: device));
    }

    /// <summary>The run's buckets, filled up with zeros to <paramref name="width"/>, the rest behind them.</summary>
    private static double[] Tempered(double[] probabilities, int width, double temperature)
    {
        double[] raised =
        [
            .. Filled(probabilities, width, 0).Append(Math.Max(0, 1 - probabilities.Sum())).Select(p => p > 0 ? Math.Pow(p, 1 / temperature) : 0),
        ];
        var total = raised.Sum();
        return [.. raised.Select(p => p / total)];
    }

    private static IEnumerable<T> Filled<T>(T[] values, int width, T filling) => values.Concat(Enumerable.Repeat(filling, width - values.Length));
}

/// <summary>A run's place in a batch.</summary>
/// <param name="Target">The run.</param>
/// <param name="Row">Of the batch.</param>
/// <param name="Label">Its first token's place among the batch's labels; the others follow.</param>
/// <param name="Weight">α times the weight of its tokens.</param>
internal sealed record PlacedRun(TargetRun Target, int Row, int Label, float Weight);
