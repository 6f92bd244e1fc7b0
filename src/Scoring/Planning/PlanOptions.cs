namespace Tda.Scoring.Planning;

/// <summary>What to plan for.</summary>
public sealed record PlanOptions
{
    /// <summary>Where corpus and surrogate are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>Name of the corpus.</summary>
    public required string Corpus { get; init; }

    /// <summary>Name of the surrogate, whose tokenizer counts the tokens.</summary>
    public required string Surrogate { get; init; }

    /// <summary>LoGra: rank per side, 1 to 4096. Default 16.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>LoRIF: factors of each row and layer, 1 to 4096. Default 1.</summary>
    public int FactorRank { get; init; } = 1;

    /// <summary>LoRIF: directions of each layer's curvature, 1 to 65,536. Default 64.</summary>
    public int CurvatureRank { get; init; } = 64;

    /// <summary>Documents a shard, 1 to 1,000,000. Default 4096.</summary>
    public int ShardDocuments { get; init; } = 4096;

    /// <summary>Tokens a batch, 1 to 1,000,000. Default 2048.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Queries of a scoring run, at least 1. Default 100.</summary>
    public int Queries { get; init; } = 100;

    /// <summary>Epochs of a distillation, at least 1. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Tokens that the probe of this machine's throughput works through; 0: no probe, no times. Default 8192.</summary>
    public int ProbeTokens { get; init; } = 8192;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() => new OptionChecks()
        .Between("rank", Rank, 1, 4096)
        .Between("factor rank", FactorRank, 1, 4096)
        .Between("curvature rank", CurvatureRank, 1, 65_536)
        .Between("documents a shard", ShardDocuments, 1, 1_000_000)
        .Between("batch tokens", BatchTokens, 1, 1_000_000)
        .AtLeast("queries", Queries, 1)
        .AtLeast("epochs", Epochs, 1)
        .AtLeast("the probe's tokens", ProbeTokens, 0)
        .Throw("The plan's");
}
