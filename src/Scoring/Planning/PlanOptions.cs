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
    public void Validate()
    {
        var errors = new List<string>();
        if (Rank is < 1 or > 4096)
        {
            errors.Add($"rank is {Rank}; it must be between 1 and 4096");
        }

        if (FactorRank is < 1 or > 4096)
        {
            errors.Add($"factor rank is {FactorRank}; it must be between 1 and 4096");
        }

        if (CurvatureRank is < 1 or > 65_536)
        {
            errors.Add($"curvature rank is {CurvatureRank}; it must be between 1 and 65,536");
        }

        if (ShardDocuments is < 1 or > 1_000_000)
        {
            errors.Add($"documents a shard is {ShardDocuments}; it must be between 1 and 1,000,000");
        }

        if (BatchTokens is < 1 or > 1_000_000)
        {
            errors.Add($"batch tokens is {BatchTokens}; it must be between 1 and 1,000,000");
        }

        if (Queries < 1)
        {
            errors.Add($"queries are {Queries}; they must be at least 1");
        }

        if (Epochs < 1)
        {
            errors.Add($"epochs are {Epochs}; they must be at least 1");
        }

        if (ProbeTokens < 0)
        {
            errors.Add($"the probe's tokens are {ProbeTokens}; they must be at least 0");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The plan's options are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
