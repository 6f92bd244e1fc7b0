using Tda.Core.Queries;

namespace Tda.Evaluation.Banks;

/// <summary>A bank of retrainings of a lab model.</summary>
public sealed record TextBankOptions
{
    /// <summary>Where the bank goes: <c>banks/name</c>.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The lab model that is retrained: its shape, tokenizer and training options, from fresh weights.</summary>
    public required string LabDirectory { get; init; }

    /// <summary>The corpus that it was trained on.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>What the models are asked.</summary>
    public required IReadOnlyList<Query> Queries { get; init; }

    /// <summary>The subsets, for the corpus's documents and the queries.</summary>
    public required Func<IReadOnlyList<string>, IReadOnlyList<string>, BankPlan> Plan { get; init; }

    /// <summary>The part that this process fills. Default all.</summary>
    public BankShard Shard { get; init; } = BankShard.Whole;

    /// <summary>The command to note in the manifest.</summary>
    public string Command { get; init; } = "tda lab bank";
}
