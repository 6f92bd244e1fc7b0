using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// A decoder-only language model whose forward code is ours, so that gradients are captured without hooks. All its
/// weights live in one flat buffer; <see cref="Parameters"/> are leaf tensors that look into it, so an optimiser, a copy
/// or a restore is one operation on one tensor. While adapters are attached (<see cref="Attach(LoraConfig, long)"/>), buffer, parameters and
/// tracked layers are theirs, and the base's weights stay as they are.
/// </summary>
public abstract class LanguageModel : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;
    private readonly TrainedWeights _base;
    private LoraAdapters? _adapters;
    private readonly ResponseGates? _gates;
    private Tensor? _causalMask;

    static LanguageModel() => NativeEngine.Load();

    private protected LanguageModel(ModelConfig config, ScalarType type, Device device)
    {
        config.Validate();
        (Config, DType, Device) = (config, type, device);
        var specs = ParameterLayout.Of(config);
        var flat = zeros([specs.Sum(spec => spec.Count)], type, device).DetachFromDisposeScope();
        var parameters = new List<Parameter>(specs.Count);
        long offset = 0;
        foreach (var spec in specs)
        {
            var leaf = flat.narrow(0, offset, spec.Count).view(spec.Shape).detach().requires_grad_(true).DetachFromDisposeScope();
            parameters.Add(new Parameter(spec.Name, leaf, offset, spec.StoredTransposed));
            offset += spec.Count;
        }

        _byName = parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
        _base = new TrainedWeights(
            flat, specs.Where(spec => spec.IsMatrix).Sum(spec => spec.Count), specs.Where(spec => spec.IsBlockMatrix).Sum(spec => spec.Count), parameters,
            [.. specs.Where(spec => spec.IsBlockMatrix).Select(spec => Track(spec.Layer))]);
        _gates = config.ResponseGates ? new ResponseGates(this) : null;
    }

    /// <summary>Shape and family.</summary>
    public ModelConfig Config { get; }

    /// <summary>Type of the weights: float32, bfloat16, or float64 for reference runs.</summary>
    public ScalarType DType { get; }

    /// <summary>Type of logits, and of all that is computed of them: the weights', but never narrower than float32.</summary>
    public ScalarType WideType => DType == ScalarType.BFloat16 ? ScalarType.Float32 : DType;

    /// <summary>
    /// Whether a pass that is differentiated keeps of each block its input alone, and computes the block again when its gradient is taken: a third
    /// more time for a fraction of the memory. Default no. See <see cref="BlockTape"/>.
    /// </summary>
    public bool Recompute { get; set; }

    /// <summary>Where the weights live; ids must be there too.</summary>
    public Device Device { get; }

    /// <summary>Where it is, in which numbers, and how it is differentiated.</summary>
    public ComputePlace Place => new(Device, DType, Recompute);

    /// <summary>
    /// Every weight, (<see cref="ModelConfig.ParameterCount"/>): the blocks' matrices, embeddings and head, then vectors.
    /// Write to it only without gradients.
    /// </summary>
    public Tensor Flat => Trained.Flat;

    /// <summary>How many leading numbers of <see cref="Flat"/> belong to matrices.</summary>
    public long MatrixCount => Trained.MatrixCount;

    /// <summary>How many leading numbers of <see cref="Flat"/> belong to linear layers of attention and MLP.</summary>
    public long BlockMatrixCount => Trained.BlockMatrixCount;

    /// <summary>In the order of <see cref="Flat"/>.</summary>
    public IReadOnlyList<Parameter> Parameters => Trained.Parameters;

    /// <summary>Every linear layer of attention and MLP, from the first block on; with adapters attached, A and B of every adapted one instead.</summary>
    public IReadOnlyList<TrackedLinear> TrackedLinears => Trained.TrackedLinears;

    /// <summary>The adapters that are attached, their targets as names; null: none.</summary>
    public LoraConfig? Adapters => _adapters?.Config;

    private TrainedWeights Trained => _adapters?.Weights ?? _base;

    /// <summary>A fresh model; the same seed gives the same weights on every machine. Where and in what numbers: <see cref="ComputePlace.Current"/>, unless told.</summary>
    /// <exception cref="UsageException">The configuration is impossible.</exception>
    public static LanguageModel Create(ModelConfig config, long seed, Device? device = null, ScalarType? dtype = null)
    {
        var model = Allocate(config, device, dtype);
        ParameterInitializer.Initialize(model, seed);
        return model;
    }

    /// <summary>
    /// Reads a Hugging Face folder: config.json and model.safetensors, one file or sharded; where it has a folder <c>adapter</c> too, the
    /// adapters in it.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="device">Where the weights will live; null: as <see cref="ComputePlace.Current"/> says.</param>
    /// <param name="dtype">Their type; null: likewise.</param>
    /// <param name="parameters">What adapters become, if there are any.</param>
    /// <exception cref="BadInputException">A file is missing, corrupt or doesn't fit the configuration.</exception>
    public static LanguageModel Load(
        string directory, Device? device = null, ScalarType? dtype = null, ModelParameters parameters = ModelParameters.Merged) =>
        Load(directory, ModelConfigFile.Read(Path.Combine(directory, ModelFiles.Config)), device, dtype, parameters);

    /// <summary>Reads a folder's weights under a configuration of one's own, such as one for shorter rows.</summary>
    /// <inheritdoc cref="Load(string, Device?, ScalarType?, ModelParameters)"/>
    internal static LanguageModel Load(
        string directory, ModelConfig config, Device? device = null, ScalarType? dtype = null, ModelParameters parameters = ModelParameters.Merged)
    {
        var model = LoadBase(directory, config, device, dtype);
        if (AdapterFolder.Of(directory) is { } adapters)
        {
            AdapterFolder.Attach(model, adapters);
            if (parameters == ModelParameters.Merged)
            {
                model.Merge();
            }
        }

        return model;
    }

    /// <summary>Writes config.json and model.safetensors into an existing directory; with adapters attached, those alone, as a PEFT folder.</summary>
    public void Save(string directory)
    {
        if (_adapters is null)
        {
            ModelFiles.Write(this, directory);
        }
        else
        {
            AdapterFolder.Write(this, directory);
        }
    }

    /// <summary>
    /// Adds fresh adapters, which change nothing yet: from now on they alone are trained and attributed. The base's weights take no gradient and no
    /// moments of an optimiser any more.
    /// </summary>
    /// <exception cref="UsageException">Ranks out of range, or a target is no layer of this model.</exception>
    public void Attach(LoraConfig config, long seed)
    {
        config.Validate(Config);
        Attach(config);
        _adapters!.Initialize(seed);
    }

    /// <summary>Adds the adapters to the base's weights, <c>W + s·B·A</c>: a plain model that computes the same, up to rounding.</summary>
    /// <exception cref="InvalidOperationException">No adapters are attached.</exception>
    public void Merge()
    {
        var adapters = _adapters ?? throw new InvalidOperationException("No adapters are attached.");
        adapters.MergeInto(_base.TrackedLinears);
        _adapters = null;
        adapters.Dispose();
        _base.Freeze(false);
    }

    /// <summary>The same weights in another buffer.</summary>
    public LanguageModel Clone() => Clone(DType);

    /// <summary>The same in another type.</summary>
    internal LanguageModel Clone(ScalarType type)
    {
        var copy = Allocate(Config, Device, type);
        copy.Recompute = Recompute;
        using (no_grad())
        {
            copy.Flat.copy_(_base.Flat);
            if (Adapters is { } adapters)
            {
                copy.Attach(adapters);
                copy.Flat.copy_(Flat);
            }
        }

        return copy;
    }

    /// <summary>Logits of the next token at every position.</summary>
    /// <param name="ids">int64 (B, T), rows padded on the right.</param>
    /// <param name="options">Taps, cache, chosen positions.</param>
    /// <returns>(B, T, V), or (n, V) for n <see cref="ForwardOptions.LogitPositions"/>.</returns>
    /// <exception cref="ArgumentException">A row is longer than the model's positions or the cache.</exception>
    public Tensor Forward(Tensor ids, ForwardOptions? options = null)
    {
        var hidden = Hidden(ids, options).view(-1, Config.HiddenSize);
        return options?.LogitPositions is { } positions
            ? Logits(hidden.index_select(0, positions))
            : (options?.Taps?.TapHead(hidden, Logits(hidden)) ?? Logits(hidden)).view(ids.shape[0], ids.shape[1], -1);
    }

    /// <summary>What the LM head reads: the hidden states after the last norm, (B, T, d).</summary>
    public Tensor Hidden(Tensor ids, ForwardOptions? options = null)
    {
        var pass = new ForwardPass(this, ids, options);
        var hidden = (BlockTape.For(pass, this) is { } tape ? tape.Run(ids.reshape(-1), pass) : Run(ids.reshape(-1), pass)).view(pass.Batch, pass.Time, -1);
        pass.Finish();
        return hidden;
    }

    /// <summary>The LM head: (n, d) → (n, V), as <see cref="WideType"/>: losses and softmax have no digits to lose.</summary>
    public Tensor Logits(Tensor hidden)
    {
        var logits = hidden.mm(Head.t());
        return DType == WideType ? logits : logits.to_type(WideType);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>(V, d).</summary>
    private protected abstract Tensor Head { get; }

    /// <summary>What the first block reads, (B · T, d), of ids (B · T).</summary>
    internal abstract Tensor Embed(Tensor ids, ForwardPass pass);

    /// <summary>A block of attention and MLP: (B · T, d) to (B · T, d).</summary>
    internal abstract Tensor Block(int layer, Tensor x, ForwardPass pass);

    /// <summary>What the head reads, of the last block's output.</summary>
    internal abstract Tensor FinalNorm(Tensor x);

    /// <param name="ids">int64 (B · T).</param>
    /// <param name="pass">The pass.</param>
    /// <returns>(B · T, d).</returns>
    private Tensor Run(Tensor ids, ForwardPass pass)
    {
        var x = Embed(ids, pass);
        x = pass.Taps?.TapEmbedding(ids, x) ?? x;
        for (var layer = 0; layer < Config.Layers; layer++)
        {
            // What neither the graph nor a tap holds is free again after its block.
            using IDisposable scope = NewDisposeScope();
            x = Block(layer, x, pass).MoveToOuterDisposeScope();
        }

        return FinalNorm(x);
    }

    private protected Tensor Weight(string name) => _byName[name].Tensor;

    /// <summary>A linear layer's output, plus <paramref name="residual"/> if given; x is (B · T, in).</summary>
    private protected Tensor Linear(int layer, Tensor x, ForwardPass pass, Tensor? residual = null)
    {
        var linear = _base.TrackedLinears[layer];
        var transposed = linear.Weight.t();
        // The matrix product adds its first operand in passing: the bias, or else the residual stream.
        // A gate scales what the layer computes, but not the stream that it is added to.
        var first = linear.Bias ?? (_gates is null ? residual : null);
        var output = first is null ? mm(x, transposed) : addmm(first, x, transposed, 1, 1);
        output = _gates?.Scale(layer, output, pass) ?? output;
        if (residual is not null && !ReferenceEquals(first, residual))
        {
            output = output.add(residual);
        }

        return _adapters is { } adapters ? adapters.Apply(layer, x, output, pass.Taps)
            : pass.Taps is { } taps ? taps.Tap(layer, x, output)
            : output;
    }

    private protected NormWeights NormOf(string name) => new(Weight(name + ".weight"), Weight(name + ".bias"));

    /// <summary>LayerNorm over the last dimension.</summary>
    private protected Tensor LayerNorm(Tensor x, NormWeights norm) =>
        nn.functional.layer_norm(x, [Config.HiddenSize], norm.Weight, norm.Bias, Config.NormEpsilon);

    private protected Tensor Gelu(Tensor x) => Config.Activation == Activation.Gelu
        ? nn.functional.gelu(x)
        : nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh, false);

    /// <summary>A block's attention over this pass's keys and values and those that the cache holds; q is (B · T, heads · hs), k and v of their heads.</summary>
    private protected Tensor Attend(int layer, Tensor q, Tensor k, Tensor v, ForwardPass pass)
    {
        var (keys, values) = pass.Extend(layer, k, v);
        return Attention.Attend(
            Attention.SplitHeads(q.view(pass.Batch, pass.Time, -1), Config.Heads),
            Attention.SplitGroups(keys, Config.KeyValueHeads, Config.Heads),
            Attention.SplitGroups(values, Config.KeyValueHeads, Config.Heads),
            pass);
    }

    /// <summary>(T, T): 0 on and below the diagonal, −∞ above. Kept for the longest T so far.</summary>
    internal Tensor CausalMask(int time)
    {
        lock (_byName)
        {
            if (_causalMask is null || _causalMask.shape[0] < time)
            {
                using IDisposable scope = NewDisposeScope();
                // A shard on another thread may still hold views of the shorter one: they keep its storage alive.
                _causalMask?.Dispose();
                _causalMask = full([time, time], double.NegativeInfinity, DType, Device).triu(1).DetachFromDisposeScope();
            }

            return _causalMask.narrow(0, 0, time).narrow(1, 0, time);
        }
    }

    private protected virtual void Dispose(bool disposing)
    {
        _adapters?.Dispose();
        _base.Dispose();
        _causalMask?.Dispose();
    }

    /// <summary>Reads a folder's own weights, whether it has adapters beside them or not.</summary>
    internal static LanguageModel LoadBase(string directory, ModelConfig? config = null, Device? device = null, ScalarType? dtype = null)
    {
        var model = Allocate(config ?? ModelConfigFile.Read(Path.Combine(directory, ModelFiles.Config)), device, dtype);
        WeightReader.Read(model, directory);
        return model;
    }

    /// <summary>Adapters of zeros, to be read.</summary>
    internal void Attach(LoraConfig config)
    {
        if (_adapters is not null)
        {
            throw new InvalidOperationException("Adapters are attached already: merge those first.");
        }

        _adapters = new LoraAdapters(config, _base.TrackedLinears, DType, Device);
        _base.Freeze(true);
    }

    /// <summary>Reads what <see cref="Save"/> wrote of this model: all its weights, or those of the attached adapters.</summary>
    /// <exception cref="BadInputException">A file is missing, corrupt or of another model.</exception>
    internal void ReadSaved(string directory)
    {
        if (_adapters is null)
        {
            WeightReader.Read(this, directory);
        }
        else
        {
            AdapterFolder.ReadWeights(this, directory);
        }
    }

    private protected sealed record NormWeights(Tensor Weight, Tensor Bias);

    private TrackedLinear Track(string name) => new(name, Weight(name + ".weight"), _byName.GetValueOrDefault(name + ".bias")?.Tensor);

    internal static LanguageModel Allocate(ModelConfig config, Device? device, ScalarType? dtype)
    {
        var place = ComputePlace.Current;
        var model = FamilyDescription.Of(config.Family).Create(config, dtype ?? place.DType, device ?? place.Device);
        model.Recompute = place.Recompute;
        return model;
    }
}

/// <summary>Which parameters of a model with adapters are trained and attributed.</summary>
public enum ModelParameters
{
    /// <summary>Its own weights, with the adapters added to them: a plain model.</summary>
    Merged,

    /// <summary>The adapters' alone, beside the base's.</summary>
    Adapters,
}

/// <summary>A named leaf tensor: a view of the model's flat buffer.</summary>
/// <param name="Name">Hugging Face's tensor name.</param>
/// <param name="Tensor">Requires a gradient; a linear layer's weight is (out, in) in every family.</param>
/// <param name="Offset">Where it begins in <see cref="LanguageModel.Flat"/>.</param>
/// <param name="StoredTransposed">The file holds (in, out).</param>
public sealed record Parameter(string Name, Tensor Tensor, long Offset, bool StoredTransposed);

/// <summary>A linear layer whose inputs and output gradients attribution looks at: <c>out = x Wᵀ + b (+ tap)</c>.</summary>
/// <param name="Name">Hugging Face's module name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Weight">(out, in).</param>
/// <param name="Bias">(out), or null.</param>
public sealed record TrackedLinear(string Name, Tensor Weight, Tensor? Bias)
{
    /// <summary>Width of the layer's input, without the ones that a bias is fed by.</summary>
    public int Inputs => (int)Weight.shape[1];

    /// <summary>Width of the layer's output.</summary>
    public int Outputs => (int)Weight.shape[0];

    /// <summary>Multiplies each output by a factor, (out): the weight's row and the bias with it. Call it without gradients.</summary>
    internal void ScaleOutputs(Tensor factors)
    {
        Weight.mul_(factors.unsqueeze(1));
        Bias?.mul_(factors);
    }
}
