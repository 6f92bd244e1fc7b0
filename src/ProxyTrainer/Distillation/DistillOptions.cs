using System.Text.Json.Serialization;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>How to distil a surrogate.</summary>
public sealed record DistillOptions
{
    private readonly ModelConfig _model = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 1_280,
        HiddenSize = 96,
        Layers = 3,
        Heads = 3,
        IntermediateSize = 256,
        MaxPositions = 128,
    };

    /// <summary>What to start from instead of fresh weights and a tokenizer of its own; null: nothing.</summary>
    [JsonIgnore] // a manifest has it among its inputs
    public DistillBase? Base { get; init; }

    /// <summary>
    /// A tokenizer that is there already, such as the closed model's own (<see cref="DistillTokenizer.Open"/>); null: one is trained, or the
    /// <see cref="Base"/>'s is kept. Not together with that.
    /// </summary>
    [JsonIgnore] // a manifest has it among its inputs
    public DistillTokenizer? Tokenizer { get; init; }

    /// <summary>
    /// Shape of the surrogate; with a <see cref="Base"/>, always that one's; else its vocabulary is the tokenizer's. Default: llama, 3 layers of width
    /// 96, context 128.
    /// </summary>
    public ModelConfig Model
    {
        get => Base?.Config ?? (Tokenizer is { } given ? _model with { VocabularySize = given.Tokenizer.VocabularySize } : _model);
        init => _model = value;
    }

    /// <summary>Adapters that are trained instead of all weights of the <see cref="Base"/>, which they need; null: none.</summary>
    public LoraConfig? Lora { get; init; }

    /// <summary>Most tokens of the surrogate's own tokenizer, at least 260; default 1,280. Nothing with a <see cref="Base"/> or a <see cref="Tokenizer"/>.</summary>
    public int VocabularySize { get; init; } = 1_280;

    /// <summary>Share of the exchanges that is not trained on but measured, 0 to 1; default .2. With 1 the surrogate learns the corpus alone.</summary>
    public double HeldOutFraction { get; init; } = ExchangeSplit.DefaultFraction;

    /// <summary>Weight of the answers' tokens beside the documents' 1, above 0; default 1.</summary>
    public float ResponseWeight { get; init; } = 1;

    /// <summary>
    /// α: how much of an answer's loss is divergence from the closed model's log-probabilities, where the log has them; the rest is cross-entropy of
    /// its tokens. 0 (answers alone) to 1; default .5.
    /// </summary>
    public double DistilWeight { get; init; } = .5;

    /// <summary>T of that divergence (<see cref="TargetBatch"/>), above 0; default 1.</summary>
    public double DistilTemperature { get; init; } = 1;

    /// <summary>Surrogates that differ in first weights and data order (of one <see cref="Base"/>: in order alone), 1 to 100; default 1. Indexing and scoring read the first.</summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>Checkpoints that each surrogate keeps, the last included, at least 1; default 6, which unrolled methods ask for.</summary>
    public int Checkpoints { get; init; } = 6;

    /// <summary>Weights and data order; surrogate e of an ensemble has seed + e.</summary>
    public long Seed { get; init; }

    /// <summary>Rates, epochs and batches. Seed and checkpoints are set by the distiller.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Which part of the log the answers are; null (default) where they are from elsewhere. What comes later is looked at for drift.</summary>
    public LogWindow? Window { get; init; }

    /// <summary>
    /// A <c>mask.jsonl</c> whose tokens are suppressed where a response network is trained (<see cref="TrainingOptions.Response"/>), and only then:
    /// a surrogate stands for a model that was trained on the documents as they are.
    /// </summary>
    [JsonIgnore]
    public string? MaskFile { get; init; }

    /// <summary>Whether a surrogate of that name may be replaced; default no.</summary>
    public bool Replace { get; init; }

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate()
    {
        if (Base is not null && Tokenizer is not null)
        {
            throw new UsageException("A base brings its own tokenizer: name one of the two.");
        }

        new OptionChecks()
            .Between("held-out fraction", HeldOutFraction, 0, 1)
            .Above("response weight", ResponseWeight, 0)
            .Between("distil weight", DistilWeight, 0, 1)
            .Above("distil temperature", DistilTemperature, 0)
            .Between("ensemble", Ensemble, 1, 100)
            .AtLeast("checkpoints", Checkpoints, 1)
            .Require(Lora is null || Base is not null, $"adapters need a base, whose weights they leave as they are (--base)")
            .Require(
                MaskFile is null == Training.Response is null,
                $"a response network needs a token mask to have a λ of, and nothing else uses one: distil from a corpus that was curated with --mask")
            .Require(Lora is null || Training.Response is null, $"adapters have no gates: a response network trains all weights")
            .Throw("The distillation's");
        Model.Validate();
        Lora?.Validate(Model);
        Training.Validate();
    }
}
