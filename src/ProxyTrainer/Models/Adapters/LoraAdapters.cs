namespace Tda.ProxyTrainer.Models.Adapters;

/// <summary>
/// The adapters of one model, in a flat buffer of their own beside the base's: what is trained and attributed while they are attached. A
/// layer's A and B are two linear layers of the forward pass: <c>a = x Aᵀ</c>, <c>out = x Wᵀ + b + (s·a) Bᵀ</c>, and each is tapped as any other.
/// </summary>
internal sealed class LoraAdapters : IDisposable
{
    private readonly Adapter?[] _byLayer; // by the base's linear layer

    /// <param name="config">Which layers, and their ranks.</param>
    /// <param name="layers">The base's linear layers.</param>
    /// <param name="type">Type of A and B: the base's.</param>
    /// <param name="device">The base's.</param>
    /// <exception cref="UsageException">No layer is chosen.</exception>
    public LoraAdapters(LoraConfig config, IReadOnlyList<TrackedLinear> layers, ScalarType type, Device device)
    {
        config.Validate();
        var chosen = layers.Where(layer => config.Selects(layer.Name)).ToHashSet();
        if (chosen.Count == 0)
        {
            throw LoraConfig.NoLayer($"{config.Targets}", layers.Select(layer => layer.Name));
        }

        Config = config.Targets.IsAll ? config with { Targets = new(LoraConfig.Endings(layers.Select(layer => layer.Name))) } : config;
        var flat = zeros([chosen.Sum(layer => config.RankOf(layer.Name) * ((long)layer.Inputs + layer.Outputs))], type, device).DetachFromDisposeScope();
        var (parameters, tracked, offset) = (new List<Parameter>(), new List<TrackedLinear>(), 0L);
        _byLayer = [.. layers.Select(layer => chosen.Contains(layer) ? Add(layer) : null)];
        Weights = new TrainedWeights(flat, offset, offset, parameters, tracked);

        Adapter Add(TrackedLinear layer)
        {
            var (first, rank) = (tracked.Count, config.RankOf(layer.Name));
            return new(Matrix(layer.Name + ".lora_A", rank, layer.Inputs), Matrix(layer.Name + ".lora_B", layer.Outputs, rank), config.ScaleOf(layer.Name), first);
        }

        Tensor Matrix(string name, long rows, long columns)
        {
            var leaf = flat.narrow(0, offset, rows * columns).view(rows, columns).detach().requires_grad_(true).DetachFromDisposeScope();
            parameters.Add(new Parameter(name + ".weight", leaf, offset, StoredTransposed: false));
            tracked.Add(new TrackedLinear(name, leaf, null));
            offset += rows * columns;
            return leaf;
        }
    }

    public LoraConfig Config { get; }

    /// <summary>A and B of every adapted layer, in the order of the layers.</summary>
    public TrainedWeights Weights { get; }

    /// <summary>
    /// The start of a training: A uniform within ±1/√in, as PEFT's, B zero, so that the model is its base. A stream of numbers for each
    /// matrix: choosing more layers doesn't change the start of the others.
    /// </summary>
    public void Initialize(long seed)
    {
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        for (var i = 0; i < Weights.Parameters.Count; i += 2)
        {
            var (name, a) = (Weights.Parameters[i].Name, Weights.Parameters[i].Tensor);
            var (random, bound) = (SplitMix64.Of(seed, name), 1 / Math.Sqrt(a.shape[1]));
            var numbers = new float[a.numel()];
            for (var n = 0; n < numbers.Length; n++)
            {
                numbers[n] = (float)(bound * ((2 * random.NextDouble()) - 1));
            }

            a.copy_(tensor(numbers, a.shape));
            Weights.Parameters[i + 1].Tensor.zero_();
        }
    }

    /// <summary>A base layer's output with its adapter's added, if it has one.</summary>
    /// <param name="layer">The base's layer.</param>
    /// <param name="x">(B · T, in).</param>
    /// <param name="output">(B · T, out).</param>
    /// <param name="taps">Captures A and B.</param>
    public Tensor Apply(int layer, Tensor x, Tensor output, TapSet? taps)
    {
        if (_byLayer[layer] is not { } adapter)
        {
            return output;
        }

        var a = mm(x, adapter.A.t());
        a = (taps?.Tap(adapter.First, x, a) ?? a).mul(adapter.Scale);

        // B's tap is the sum: the gradient at it is the one at B's own output.
        var sum = addmm(output, a, adapter.B.t(), 1, 1);
        return taps?.Tap(adapter.First + 1, a, sum) ?? sum;
    }

    /// <summary>Adds <c>s·B·A</c> to each adapted layer's weight.</summary>
    public void MergeInto(IReadOnlyList<TrackedLinear> layers)
    {
        using var gradients = no_grad();
        for (var layer = 0; layer < layers.Count; layer++)
        {
            if (_byLayer[layer] is { } adapter)
            {
                using IDisposable scope = NewDisposeScope();
                layers[layer].Weight.add_(adapter.B.mm(adapter.A), adapter.Scale);
            }
        }
    }

    public void Dispose() => Weights.Dispose();

    /// <param name="A">(rank, in).</param>
    /// <param name="B">(out, rank).</param>
    /// <param name="Scale">s.</param>
    /// <param name="First">A's place among the tracked layers; B's is the next.</param>
    private sealed record Adapter(Tensor A, Tensor B, double Scale, int First);
}
