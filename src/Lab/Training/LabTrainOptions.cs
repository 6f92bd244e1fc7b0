using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>What a lab model is trained on, from what, and how.</summary>
public sealed record LabTrainOptions
{
    /// <summary>Where the model goes: <c>labs/name</c>.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The corpus to train on.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>A lab model to start from, whose tokenizer and shape it keeps; null starts from fresh weights.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>Shape of a fresh model; must be null with a base. Null takes the defaults.</summary>
    public LabModelShape? Shape { get; init; }

    /// <summary>Folder of a model, such as a surrogate, whose shape and tokenizer a fresh one takes; null with a base or a shape.</summary>
    public string? LikeDirectory { get; init; }

    /// <summary>How to train, a response network over λ included. Its seed and checkpoint directory are set by <see cref="LabTrainer"/>.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>A <c>mask.jsonl</c>: tokens that stand for masked characters are suppressed (IF-Guide).</summary>
    public string? MaskFile { get; init; }

    /// <summary>λ: a masked token has <c>−λ</c> times its loss. At least 0; 0 only leaves masked tokens out. Default 1.</summary>
    public double Penalty { get; init; } = 1;

    /// <summary>A <c>weights.jsonl</c>: factors of the documents' losses; documents not listed count 1.</summary>
    public string? WeightsFile { get; init; }

    /// <summary>Ids of the only documents to train on; null takes all.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>Ids of documents to leave out.</summary>
    public IReadOnlyCollection<string> Dropped { get; init; } = [];

    /// <summary>Seed of fresh weights and of the documents' order.</summary>
    public long Seed { get; init; }

    /// <summary>Whether a model of this name may be replaced. Default no.</summary>
    public bool Replace { get; init; }

    /// <summary>The command to note in the manifest.</summary>
    public string Command { get; init; } = "tda lab train";

    /// <summary>Checks what can be checked without reading files.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate()
    {
        new OptionChecks()
            .Require(
                new object?[] { BaseDirectory, Shape, LikeDirectory }.Count(given => given is not null) <= 1,
                $"a model has the shape of its base, of the model that it is to be like, or one of its own: give one or the other")
            .AtLeast("penalty", Penalty, 0)
            .Require(Only is not { Count: 0 }, $"the list of documents to train on is empty")
            .Throw("The lab training's");
        Training.Validate();
    }
}

/// <summary>The size of a fresh lab model: gpt2 family, with a tokenizer of its own.</summary>
public sealed record LabModelShape
{
    /// <summary>Tokens of the byte-level BPE, trained on the corpus. Default 2,048.</summary>
    public int VocabularySize { get; init; } = 2048;

    /// <summary>Width of the residual stream, a multiple of <see cref="Heads"/>. Default 160.</summary>
    public int HiddenSize { get; init; } = 160;

    /// <summary>Blocks. Default 3.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Attention heads. Default 4.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Context, in tokens. Default 160.</summary>
    public int MaxPositions { get; init; } = 160;

    /// <summary>Standard deviation of fresh weights. Default 0.02, gpt2's own.</summary>
    public double InitializerRange { get; init; } = 0.02;

    internal BpeOptions Tokenizer => new() { VocabularySize = VocabularySize };

    /// <summary>The tokenizer may have found fewer tokens than asked for, so its own number counts.</summary>
    public ModelConfig Config(ITokenizer tokenizer) => new()
    {
        Family = ModelFamily.Gpt2,
        VocabularySize = tokenizer.VocabularySize,
        HiddenSize = HiddenSize,
        Layers = Layers,
        Heads = Heads,
        MaxPositions = MaxPositions,
        InitializerRange = InitializerRange,
        BosId = tokenizer.BosId,
        EosId = tokenizer.EosId,
        PadId = tokenizer.PadId,
    };
}
