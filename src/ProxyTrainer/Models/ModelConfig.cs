using Tda.ProxyTrainer.Models.Families;

namespace Tda.ProxyTrainer.Models;

/// <summary>The shape of a model; <see cref="ModelConfigFile"/> maps it to Hugging Face's <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    private readonly int? _keyValueHeads;
    private readonly int? _intermediateSize;
    private readonly int? _headSize;
    private readonly bool? _attentionOutputBias;

    public required ModelFamily Family { get; init; }

    /// <summary>Rows of the embedding; at least the tokenizer's vocabulary size.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of keys and values, a divisor of <see cref="Heads"/>; default the same (no grouping). Not of gpt2 and gpt_neox.</summary>
    public int KeyValueHeads
    {
        get => _keyValueHeads ?? Heads;
        init => _keyValueHeads = value;
    }

    /// <summary>Width of the MLP; default 4 × hidden (gpt2, gpt_neox), 8/3 × hidden rounded up to a multiple of 32 (llama and its kin).</summary>
    public int IntermediateSize
    {
        get => _intermediateSize ?? FamilyDescription.Of(Family).DefaultIntermediateSize(HiddenSize);
        init => _intermediateSize = value;
    }

    /// <summary>Longest sequence, in tokens; default 128.</summary>
    public int MaxPositions { get; init; } = 128;

    /// <summary>The LM head is the token embedding; default true. gpt2 is always tied.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Biases on q, k and v; default false. Of gpt_neox on the attention's output too; gpt2 always has them.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>A bias on the attention's output; default as <see cref="AttentionBias"/>. Of llama and its kin.</summary>
    public bool AttentionOutputBias
    {
        get => _attentionOutputBias ?? AttentionBias;
        init => _attentionOutputBias = value;
    }

    /// <summary>Biases in the MLP's linear layers; default false. Of llama and its kin.</summary>
    public bool MlpBias { get; init; }

    /// <summary>An RMSNorm over each head of q and k; default false. qwen3.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>The MLP's, of gpt2 and gpt_neox; llama and its kin gate by SiLU.</summary>
    public Activation Activation { get; init; } = Activation.GeluNew;

    /// <summary>Added to the variance inside the norms; default 1e-5.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Base of the rotary frequencies; default 10,000. Not of gpt2.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>How they are changed for long sequences; default not.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The share of each head that is rotated; default 1. gpt_neox.</summary>
    public double RotaryShare { get; init; } = 1;

    /// <summary>Attention and MLP read the same residual stream; default true. gpt_neox.</summary>
    public bool ParallelResidual { get; init; } = true;

    /// <summary>Gates over a trade-off parameter on every linear layer; default no. Only while a response network is trained: no file of a model has them.</summary>
    public bool ResponseGates { get; init; }

    /// <summary>Standard deviation of fresh weights; default .02; projections into the residual stream get 1/√(2·layers) of it.</summary>
    public double InitializerRange { get; init; } = 0.02;

    public int BosId { get; init; }

    public int EosId { get; init; } = 1;

    public int PadId { get; init; } = 2;

    /// <summary>Width of one attention head; default hidden / heads.</summary>
    public int HeadSize
    {
        get => _headSize ?? (Heads > 0 ? HiddenSize / Heads : 0);
        init => _headSize = value;
    }

    /// <summary>Numbers of each head that are rotated.</summary>
    internal int RotarySize => (int)(HeadSize * RotaryShare);

    /// <summary>Trainable numbers; a tied head counts once.</summary>
    public long ParameterCount => ParameterLayout.Of(this).Sum(spec => spec.Count);

    /// <summary>
    /// The gradient's shape of every tracked layer: outputs, and inputs with one more for a bias. LM head and embedding come last, the vocabulary
    /// being the outputs of both, and of an embedding one-hot.
    /// </summary>
    public IReadOnlyList<(long Outputs, long Columns, bool Vocabulary, bool OneHot)> TrackedLayers(LayerScope scope)
    {
        var specs = ParameterLayout.Of(this);
        var names = specs.Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        var (head, embedding) = scope.Ends();
        (long, long, bool, bool)[] ends = [(VocabularySize, HiddenSize, true, false), (VocabularySize, HiddenSize, true, true)];
        return
        [
            .. specs.Where(spec => spec.IsBlockMatrix).Select(spec => (
                spec.Shape[0], spec.Shape[1] + (names.Contains(spec.Layer + ".bias") ? 1 : 0), false, false)),
            .. head ? ends[..1] : [],
            .. embedding && !(TieEmbeddings && scope == LayerScope.Tied) ? ends[1..] : [],
        ];
    }

    /// <exception cref="UsageException">Every impossible figure, at once.</exception>
    public void Validate()
    {
        var checks = new OptionChecks()
            .AtLeast("vocabulary size", VocabularySize, 1)
            .AtLeast("hidden size", HiddenSize, 1)
            .AtLeast("layers", Layers, 1)
            .AtLeast("heads", Heads, 1)
            .AtLeast("positions", MaxPositions, 2)
            .AtLeast("intermediate size", IntermediateSize, 1)
            .Above("initializer range", InitializerRange, 0);
        if (Heads > 0)
        {
            checks
                .Require(_headSize is not null || HiddenSize % Heads == 0, $"hidden size {HiddenSize} is not a multiple of {Heads} heads")
                .Require(HeadSize > 0, $"a head size of {HeadSize} is none")
                .Require(KeyValueHeads > 0 && Heads % KeyValueHeads == 0, $"{Heads} heads are not a multiple of {KeyValueHeads} key-value heads");
            FamilyDescription.Of(Family).Check(this, checks);
        }

        checks.Throw("The model's");
    }
}

/// <summary>Decoder-only architectures, named as Hugging Face's <c>model_type</c>.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary positions, SwiGLU, grouped queries.</summary>
    Llama,

    /// <summary>LayerNorm, learned positions, GELU, biases everywhere.</summary>
    Gpt2,

    /// <summary>As llama, with a window of attention.</summary>
    Mistral,

    /// <summary>As llama, with biases on q, k and v.</summary>
    Qwen2,

    /// <summary>As llama, with norms on q and k.</summary>
    Qwen3,

    /// <summary>LayerNorm, rotary positions on a part of each head, attention and MLP side by side: Pythia.</summary>
    GptNeox,
}

/// <summary>The activation of gpt2 and gpt_neox.</summary>
public enum Activation
{
    /// <summary><c>½x(1 + tanh(√(2/π)(x + 0.044715x³)))</c>, Hugging Face's <c>gelu_new</c>.</summary>
    GeluNew,

    /// <summary><c>xΦ(x)</c>, exact.</summary>
    Gelu,
}
