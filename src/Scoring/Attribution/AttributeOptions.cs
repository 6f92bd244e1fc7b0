using Tda.Core.Errors;
using Tda.Core.Home;
using Tda.Core.Queries;
using Tda.Scoring.Methods;
using Tda.Scoring.Tokens;

namespace Tda.Scoring.Attribution;

/// <summary>What to explain and how.</summary>
public sealed record AttributeOptions
{
    /// <summary>Where indexes and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>Name of the index.</summary>
    public required string Index { get; init; }

    /// <summary>The queries; at least one.</summary>
    public required IReadOnlyList<Query> Queries { get; init; }

    /// <summary>Id of the run to write.</summary>
    public required string Run { get; init; }

    /// <summary>Name of the method; null (default) for the one that the index was made for.</summary>
    public string? Method { get; init; }

    /// <summary>
    /// Explain the queries' mean instead of each. Default false. Aggregates transfer across models better than single queries do.
    /// </summary>
    public bool Aggregate { get; init; }

    /// <summary>Null (default) for the method's own.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary>Damping and query rank.</summary>
    public MethodOptions Options { get; init; } = new();

    /// <summary>Also score the label tokens of the top documents. Default false.</summary>
    public bool Tokens { get; init; }

    /// <summary>
    /// What a token's score is. Default <see cref="TokenDefinition.Loss"/>, the sharper; <see cref="TokenDefinition.Position"/> is twice
    /// as fast.
    /// </summary>
    public TokenDefinition TokenDefinition { get; init; } = TokenDefinition.Loss;

    /// <summary>Documents per query in <c>top.jsonl</c>, at least 1. Default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Tokens a batch, 1 to 1,000,000. Default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Whether a run of that id may be replaced. Default false.</summary>
    public bool Replace { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Queries.Count == 0) errors.Add("there is no query");
        if (Top < 1) errors.Add($"top is {Top}; it must be at least 1");
        if (BatchTokens is < 1 or > 1_000_000) errors.Add($"batch tokens is {BatchTokens}; it must be between 1 and 1,000,000");
        if (errors.Count > 0) throw new UsageException("The attribution's options are wrong: " + string.Join("; ", errors) + ".");
        Options.Validate();
    }
}
