using Tda.Scoring.Capture;
using Tda.Scoring.Lifecycle;
using Tda.Scoring.Projection;
using Tda.Scoring.Stores;

namespace Tda.Scoring.Indexing;

/// <summary>What an index's manifest says of it, under <c>details</c>.</summary>
public sealed record IndexInfo
{
    /// <summary>What it holds.</summary>
    public required IndexMethod Method { get; init; }

    /// <summary>Name of the surrogate.</summary>
    public required string Surrogate { get; init; }

    /// <summary>SHA-256 of the surrogate's weights.</summary>
    public required string SurrogateHash { get; init; }

    /// <summary>Hash of the surrogate's tokenizer.</summary>
    public required string TokenizerHash { get; init; }

    /// <summary>Name of the corpus.</summary>
    public required string Corpus { get; init; }

    /// <summary>Hash of the corpus's documents.</summary>
    public required string CorpusHash { get; init; }

    /// <summary>Tokens of the longest row, BOS included.</summary>
    public required int Context { get; init; }

    /// <summary>Seed of sampled labels and projections.</summary>
    public required long Seed { get; init; }

    /// <summary>The tracked layers, in the order of their gradients.</summary>
    public required IReadOnlyList<ModuleShape> Modules { get; init; }

    /// <summary>Documents.</summary>
    public int Documents { get; init; }

    /// <summary>Sequences that the curvature is a mean over: N of the scores.</summary>
    public long Sequences { get; init; }

    /// <summary>Label tokens counted; EK-FAC: those that covariances are means over.</summary>
    public long Tokens { get; init; }

    /// <summary>EK-FAC: rows that covariances were taken over, where that was a sample of those that the eigenvalues were; else null.</summary>
    public int? CovarianceRows { get; init; }

    /// <summary>LoGra: number of shards.</summary>
    public int Shards { get; init; }

    /// <summary>LoGra: length of a projected gradient.</summary>
    public int Length { get; init; }

    /// <summary>LoGra: element type of the shards.</summary>
    public StorageType? Storage { get; init; }

    /// <summary>LoGra: kind of projection.</summary>
    public ProjectionKind? Projection { get; init; }

    /// <summary>LoGra: shapes of the modules' projected gradients; null in indexes of format 1.</summary>
    public IReadOnlyList<ModuleRanks>? Ranks { get; init; }

    /// <summary>LoRIF: factors kept of each row and module.</summary>
    public int? FactorRank { get; init; }

    /// <summary>LoRIF: directions kept of each module's curvature.</summary>
    public int? CurvatureRank { get; init; }

    /// <summary>What storage cost, where numbers were rounded or factored.</summary>
    public StorageLoss? Loss { get; init; }

    /// <summary>Documents deleted since it was made, named in <c>deleted.jsonl</c>.</summary>
    public int Deleted { get; init; }

    /// <summary>What was done to it since it was made.</summary>
    public IReadOnlyList<IndexChange> Changes { get; init; } = [];

    /// <summary>EK-FAC: labels of the factors.</summary>
    public LabelSource? Labels { get; init; }
}
