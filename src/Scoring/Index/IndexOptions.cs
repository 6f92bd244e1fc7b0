using Tda.ProxyTrainer.Models;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>What to index and how.</summary>
public sealed record IndexOptions
{
    /// <summary>Of <see cref="CovarianceTokens"/>.</summary>
    public const int DefaultCovarianceTokens = 64;

    /// <summary>Of <see cref="KeptMebibytes"/>.</summary>
    public const int DefaultKeptMebibytes = (int)(EkfacOptions.DefaultKeptBytes >> 20);

    /// <summary>Where corpora, surrogates and indexes are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>Name of the surrogate.</summary>
    public required string Surrogate { get; init; }

    /// <summary>Which of the surrogate's ensemble; 0 (default) is the surrogate itself. Another's index stands in the first's folder.</summary>
    public int Member { get; init; }

    /// <summary>Name of the corpus.</summary>
    public required string Corpus { get; init; }

    /// <summary>Name of the index to make.</summary>
    public required string Name { get; init; }

    /// <summary>Default EK-FAC.</summary>
    public IndexMethod Method { get; init; } = IndexMethod.Ekfac;

    /// <summary>Which parameters are attributed, of a surrogate with adapters; null (default): the adapters', which alone were trained.</summary>
    public ModelParameters? Parameters { get; init; }

    /// <summary>Which layers are tracked, of a surrogate without adapters; of one with, their A and B are, and this must be left alone. Default the blocks'.</summary>
    public LayerScope Track { get; init; } = LayerScope.Blocks;

    /// <summary>EK-FAC: labels of the factors. Default sampled from the surrogate; true labels give the empirical Fisher.</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>EK-FAC: share of documents, in (0, 1], that factors are fitted on, drawn by seed. Default 1.</summary>
    public double FitShare { get; init; } = 1;

    /// <summary>
    /// EK-FAC: tokens, for each column of the widest covariance, of the documents that covariances are taken over, drawn by seed; 0: all.
    /// At most 1,000,000; default 64: scores then differ little more than with other sampled labels (docs/methods/curvature.md). Eigenvalues
    /// are taken over all documents in any case.
    /// </summary>
    public int CovarianceTokens { get; init; } = DefaultCovarianceTokens;

    /// <summary>
    /// EK-FAC: takes the eigenbases that spectral Shampoo kept while it trained the surrogate, so that there is no pass for covariances and no
    /// eigendecomposition; eigenvalues are taken over all documents in those. Default false.
    /// </summary>
    public bool FactorsFromTraining { get; init; }

    /// <summary>
    /// EK-FAC: most memory, in MiB, for batches that the second pass would capture again, where both passes are over the same documents. 0: none.
    /// At most 1,048,576; default 1024. Results don't depend on it.
    /// </summary>
    public int KeptMebibytes { get; init; } = DefaultKeptMebibytes;

    /// <summary>
    /// EK-FAC with the LM head: the widest vocabulary whose own covariance is decomposed; a wider one keeps its tokens as axes. 0 to 100,000;
    /// default 512.
    /// </summary>
    public int VocabularyBasis { get; init; } = EkfacOptions.DefaultVocabularyBasis;

    /// <summary>EK-FAC: keep factors in float64. Default false.</summary>
    public bool DoublePrecision { get; init; }

    /// <summary>LoGra: rank per side, 1 to 4096; a layer narrower than this is kept whole. Default 16.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>LoGra: random or PCA projections. Default random.</summary>
    public ProjectionKind Projection { get; init; } = ProjectionKind.Random;

    /// <summary>LoRIF: c, factors kept of each row and layer, 1 to 4096; at most the smaller side. Default 1.</summary>
    public int FactorRank { get; init; } = 1;

    /// <summary>LoRIF: directions of each layer's curvature that are kept, 1 to 65,536; at most all. Default 64.</summary>
    public int CurvatureRank { get; init; } = 64;

    /// <summary>LoGra: how projected gradients are stored. Default float32.</summary>
    public StorageType Storage { get; init; } = StorageType.Float32;

    /// <summary>Documents a shard or checkpoint, 1 to 1,000,000: what a killed run loses at most. Default 4096.</summary>
    public int ShardDocuments { get; init; } = 4096;

    /// <summary>Tokens a batch, 1 to 1,000,000; fewer where there is no memory for as many. Default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Seed of sampled labels, projections and the fitting share. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Whether an index of that name may be replaced. Default false.</summary>
    public bool Replace { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() => new OptionChecks()
        .Require(FitShare is > 0 and <= 1, "fit share", FitShare, "above 0 and at most 1")
        .Between("covariance tokens (0: all)", CovarianceTokens, 0, 1_000_000)
        .Between("memory for kept batches, in MiB,", KeptMebibytes, 0, 1 << 20)
        .Between("vocabulary basis", VocabularyBasis, 0, 100_000)
        .Between("rank", Rank, 1, 4096)
        .Between("factor rank", FactorRank, 1, 4096)
        .Between("curvature rank", CurvatureRank, 1, 65_536)
        .Between("documents a shard", ShardDocuments, 1, 1_000_000)
        .Between("batch tokens", BatchTokens, 1, 1_000_000)
        .Require(!FactorsFromTraining || Method == IndexMethod.Ekfac, $"factors from training are for the method ekfac alone")
        .Require(!FactorsFromTraining || Track == LayerScope.Blocks, $"factors from training are those of the blocks alone: track no others")
        .Throw("The index's");
}

/// <summary>What an index holds.</summary>
public enum IndexMethod
{
    /// <summary>EK-FAC factors; documents' gradients are computed again when scoring.</summary>
    Ekfac,

    /// <summary>LoGra: every row's projected gradient, kept on disk, and their curvature.</summary>
    Logra,
}
