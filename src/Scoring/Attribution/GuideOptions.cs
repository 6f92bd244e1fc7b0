using Tda.Core.Queries;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>What IF-Guide (2506.01790) is to suppress and to spare.</summary>
public sealed record GuideOptions
{
    /// <summary>Where indexes and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>Name of the index.</summary>
    public required string Index { get; init; }

    /// <summary>Queries whose completions are harmful; at least one.</summary>
    public required IReadOnlyList<Query> Harm { get; init; }

    /// <summary>Queries whose completions are as they should be; none makes the differential equal to the harm score.</summary>
    public required IReadOnlyList<Query> Safe { get; init; }

    /// <summary>Id of the run to write.</summary>
    public required string Run { get; init; }

    /// <summary>Name of a method with token scores; null (default) for the one that the index was made for.</summary>
    public string? Method { get; init; }

    /// <summary>Damping.</summary>
    public MethodOptions Options { get; init; } = new();

    /// <summary>
    /// What a token's score is. Default <see cref="TokenDefinition.Loss"/>, the sharper; <see cref="TokenDefinition.Position"/> is twice
    /// as fast.
    /// </summary>
    public TokenDefinition TokenDefinition { get; init; } = TokenDefinition.Loss;

    /// <summary>Documents in <c>top.jsonl</c>; null (default) for all.</summary>
    public int? Top { get; init; }

    /// <summary>Tokens a batch, 1 to 1,000,000. Default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Whether a run of that id may be replaced. Default false.</summary>
    public bool Replace { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Harm.Count == 0)
        {
            errors.Add("there is no harmful query");
        }

        if (Harm.Concat(Safe).GroupBy(q => q.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            errors.Add($"query id '{twice.Key}' comes twice among the harmful and the safe");
        }

        if (Top is < 1)
        {
            errors.Add($"top is {Top}; it must be at least 1");
        }

        if (BatchTokens is < 1 or > 1_000_000)
        {
            errors.Add($"batch tokens is {BatchTokens}; it must be between 1 and 1,000,000");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The guide's options are wrong: " + string.Join("; ", errors) + ".");
        }

        Options.Validate();
    }
}
