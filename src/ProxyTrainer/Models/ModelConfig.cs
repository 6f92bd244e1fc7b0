namespace Tda.ProxyTrainer.Models;

/// <summary>The shape of a model; <see cref="ModelConfigFile"/> maps it to Hugging Face's <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    private readonly int? _keyValueHeads;
    private readonly int? _intermediateSize;

    public required ModelFamily Family { get; init; }

    /// <summary>Rows of the embedding; at least the tokenizer's vocabulary size.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream, a multiple of <see cref="Heads"/>.</summary>
    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of keys and values, a divisor of <see cref="Heads"/>; default the same (no grouping). llama only.</summary>
    public int KeyValueHeads
    {
        get => _keyValueHeads ?? Heads;
        init => _keyValueHeads = value;
    }

    /// <summary>Width of the MLP; default 4 × hidden (gpt2), 8/3 × hidden rounded up to a multiple of 32 (llama).</summary>
    public int IntermediateSize
    {
        get => _intermediateSize ?? (Family == ModelFamily.Gpt2 ? 4 * HiddenSize : ((8 * HiddenSize / 3) + 31) / 32 * 32);
        init => _intermediateSize = value;
    }

    /// <summary>Longest sequence, in tokens; default 128.</summary>
    public int MaxPositions { get; init; } = 128;

    /// <summary>The LM head is the token embedding; default true. gpt2 is always tied.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Biases in the attention's linear layers; default false. llama only.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Biases in the MLP's linear layers; default false. llama only.</summary>
    public bool MlpBias { get; init; }

    /// <summary>gpt2 only.</summary>
    public Activation Activation { get; init; } = Activation.GeluNew;

    /// <summary>Added to the variance inside the norms; default 1e-5.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Base of the rotary frequencies; default 10,000. llama only.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Standard deviation of fresh weights; default .02; projections into the residual stream get 1/√(2·layers) of it.</summary>
    public double InitializerRange { get; init; } = 0.02;

    public int BosId { get; init; }

    public int EosId { get; init; } = 1;

    public int PadId { get; init; } = 2;

    /// <summary>Width of one attention head.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>Trainable numbers; a tied head counts once.</summary>
    public long ParameterCount => ParameterLayout.Of(this).Sum(spec => spec.Count);

    /// <exception cref="UsageException">Every impossible figure, at once.</exception>
    public void Validate()
    {
        var checks = new OptionChecks()
            .AtLeast("vocabulary size", VocabularySize, 1)
            .AtLeast("hidden size", HiddenSize, 1)
            .AtLeast("layers", Layers, 1)
            .AtLeast("positions", MaxPositions, 2)
            .AtLeast("intermediate size", IntermediateSize, 1)
            .Above("initializer range", InitializerRange, 0);
        var whole = Heads > 0 && HiddenSize % Heads == 0;
        checks.Require(whole, $"hidden size {HiddenSize} is not a multiple of {Heads} heads");
        if (whole)
        {
            checks
                .Require(
                    KeyValueHeads > 0 && Heads % KeyValueHeads == 0,
                    $"{Heads} heads are not a multiple of {KeyValueHeads} key-value heads")
                .Require(Family != ModelFamily.Llama || HeadSize % 2 == 0, $"rotary positions need an even head size, not {HeadSize}");
        }

        checks
            .Require(Family != ModelFamily.Gpt2 || KeyValueHeads == Heads, $"gpt2 has no grouped queries")
            .Require(Family != ModelFamily.Gpt2 || TieEmbeddings, $"gpt2 ties its embeddings")
            .Throw("The model's");
    }
}

/// <summary>Decoder-only architectures, named as Hugging Face's <c>model_type</c>.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary positions, SwiGLU, grouped queries.</summary>
    Llama,

    /// <summary>LayerNorm, learned positions, GELU, biases everywhere.</summary>
    Gpt2,
}

/// <summary>The gpt2 family's activation.</summary>
public enum Activation
{
    /// <summary><c>½x(1 + tanh(√(2/π)(x + 0.044715x³)))</c>, Hugging Face's <c>gelu_new</c>.</summary>
    GeluNew,

    /// <summary><c>xΦ(x)</c>, exact.</summary>
    Gelu,
}
