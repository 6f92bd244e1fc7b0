namespace Tda.Scoring.Attribution;

/// <summary>What every scoring run is told.</summary>
public abstract record ScoringOptions
{
    /// <summary>Where indexes and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>Name of the index.</summary>
    public required string Index { get; init; }

    /// <summary>Id of the run to write.</summary>
    public required string Run { get; init; }

    /// <summary>Whether a run of that id may be replaced. Default false.</summary>
    public bool Replace { get; init; }

    /// <summary>The command line that asked for the run, noted in its manifest; null (default) where code asks.</summary>
    public string? CommandLine { get; init; }

    /// <summary>Whether a surrogate that `tda drift` found stale is refused; default no: it is warned of.</summary>
    public bool RefuseStale { get; init; }

    /// <summary>Name of the method; null (default) for the one that the index was made for.</summary>
    public string? Method { get; init; }

    /// <summary>What methods can be told.</summary>
    public MethodOptions Options { get; init; } = new();

    /// <summary>
    /// What a token's score is. Default <see cref="TokenDefinition.Loss"/>, the sharper; <see cref="TokenDefinition.Position"/> is twice
    /// as fast.
    /// </summary>
    public TokenDefinition TokenDefinition { get; init; } = TokenDefinition.Loss;

    /// <summary>Tokens a batch, 1 to 1,000,000. Default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;
}

/// <summary>What to explain and how.</summary>
public sealed record AttributeOptions : ScoringOptions
{
    /// <summary>The queries; at least one.</summary>
    public required IReadOnlyList<Query> Queries { get; init; }

    /// <summary>
    /// Explain the queries' mean instead of each. Default false. Aggregates transfer across models better than single queries do.
    /// </summary>
    public bool Aggregate { get; init; }

    /// <summary>Explain the mean of each label's queries. Default false.</summary>
    public bool ByLabel { get; init; }

    /// <summary>Explain the mean of one label's queries less the mean of another's; null (default): no contrast.</summary>
    public (string First, string Second)? Contrast { get; init; }

    /// <summary>
    /// Average over this many of the surrogate's ensemble, 1 to its size; 0 for all, null (default) for the surrogate alone. Averaging
    /// scores is the largest cheap gain there is.
    /// </summary>
    public int? Ensemble { get; init; }

    /// <summary>Score only what this ranking leaves; null (default): everything.</summary>
    public PrefilterOptions? Prefilter { get; init; }

    /// <summary>
    /// Least <see cref="Core.Scores.AnswerFidelity.Fidelity"/> of an answer that is explained, at most 1. Default 0: the surrogate must
    /// beat word frequencies. Below it the program abstains. Lexical methods have no surrogate to be unfaithful.
    /// </summary>
    public double MinFidelity { get; init; }

    /// <summary>Score answers below <see cref="MinFidelity"/> all the same, and mark them. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Maps predicted to measured changes; null (default): none.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>Write scores by layer too. One more pass over the documents. Default false.</summary>
    public bool Layers { get; init; }

    /// <summary>Null (default) for the method's own.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary>
    /// Check how far the order can be trusted (<see cref="Trust.RunTrust"/>): passes over some hundreds of documents more. Default false; the
    /// program's own verb asks for it.
    /// </summary>
    public bool Checks { get; init; }

    /// <summary>Also score the label tokens of the top documents. Default false.</summary>
    public bool Tokens { get; init; }

    /// <summary>Documents per query in <c>top.jsonl</c>, at least 1. Default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        new OptionChecks()
            .Require(Queries.Count > 0, $"there is no query")
            .Require(
                new[] { Aggregate, ByLabel, Contrast is not null }.Count(x => x) <= 1,
                $"the queries' mean, a mean by label and a contrast exclude each other")
            .AtLeast("the ensemble (0: all)", Ensemble ?? 0, 0)
            .Require(MinFidelity <= 1, "the least fidelity", MinFidelity, "at most 1")
            .AtLeast("top", Top, 1)
            .Between("batch tokens", BatchTokens, 1, 1_000_000)
            .Throw("The attribution's");
        Options.Validate();
    }
}
