using Tda.Core.Text;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Lab.Training;

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
    internal ModelConfig Config(ITokenizer tokenizer) => new()
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
