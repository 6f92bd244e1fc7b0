using Tda.ProxyTrainer.Models;

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

    /// <summary>Which parameters are attributed, of a surrogate with adapters; null (default): the adapters'.</summary>
    public ModelParameters? Parameters { get; init; }

    /// <summary>Which layers are tracked; of a surrogate with adapters always theirs. Default the blocks'.</summary>
    public LayerScope Track { get; init; } = LayerScope.Blocks;

    /// <summary>EK-FAC: the widest vocabulary whose own covariance is decomposed, 0 to 100,000. Default 512.</summary>
    public int VocabularyBasis { get; init; } = EkfacOptions.DefaultVocabularyBasis;

    /// <summary>LoGra: rank per side, 1 to 4096. Default 16.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>LoRIF: factors of each row and layer, 1 to 4096. Default 1.</summary>
    public int FactorRank { get; init; } = 1;

    /// <summary>LoRIF: directions of each layer's curvature, 1 to 65,536. Default 64.</summary>
    public int CurvatureRank { get; init; } = 64;

    /// <summary>Documents a shard, 1 to 1,000,000. Default 4096.</summary>
    public int ShardDocuments { get; init; } = 4096;

    /// <summary>EK-FAC: covariances over a sample with this many tokens for each column of the widest; 0: all, to 1,000,000. Default 64.</summary>
    public int CovarianceTokens { get; init; } = IndexOptions.DefaultCovarianceTokens;

    /// <summary>EK-FAC: the eigenbases come from the surrogate's training: one pass, over all rows. Default false.</summary>
    public bool FactorsFromTraining { get; init; }

    /// <summary>EK-FAC: memory for batches that the second pass would capture again, in MiB, 0 to 1,048,576. Default 1,024.</summary>
    public int KeptMebibytes { get; init; } = IndexOptions.DefaultKeptMebibytes;

    /// <summary>Tokens a batch, 1 to 1,000,000. Default 2048.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Queries of a scoring run, at least 1. Default 100.</summary>
    public int Queries { get; init; } = 100;

    /// <summary>Documents in the ranking of a scoring run, per query, at least 1. Default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Tokens that the probe of this machine's throughput works through; 0: no probe, no times. Default 8192.</summary>
    public int ProbeTokens { get; init; } = 8192;

    /// <summary>What of it an EK-FAC fit goes by.</summary>
    internal EkfacOptions Fit => new() { CovarianceTokens = CovarianceTokens, VocabularyBasis = VocabularyBasis };

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() => new OptionChecks()
        .Between("vocabulary basis", VocabularyBasis, 0, 100_000)
        .Between("rank", Rank, 1, 4096)
        .Between("factor rank", FactorRank, 1, 4096)
        .Between("curvature rank", CurvatureRank, 1, 65_536)
        .Between("documents a shard", ShardDocuments, 1, 1_000_000)
        .Between("covariance tokens", CovarianceTokens, 0, 1_000_000)
        .Between("kept MiB", KeptMebibytes, 0, 1 << 20)
        .Between("batch tokens", BatchTokens, 1, 1_000_000)
        .AtLeast("queries", Queries, 1)
        .AtLeast("top", Top, 1)
        .AtLeast("the probe's tokens", ProbeTokens, 0)
        .Throw("The plan's");
}
