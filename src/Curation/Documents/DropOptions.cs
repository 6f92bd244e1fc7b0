namespace Tda.Curation.Documents;

/// <summary>Which documents <see cref="DocumentDropper"/> drops: exactly one of the three limits is set.</summary>
public sealed record DropOptions
{
    /// <summary>Drop this many, highest score first; 0 or more.</summary>
    public int? Count { get; init; }

    /// <summary>Drop from the top while the dropped tokens stay within this share of all tokens, 0 to 1.</summary>
    public double? TokenShare { get; init; }

    /// <summary>Drop every document with a score above this, in nats × N.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether only proponents (score above 0) may go; default true. Dropping an opponent would raise what is to be lowered.</summary>
    public bool ProponentsOnly { get; init; } = true;

    /// <summary>Drop only documents of these sources; null = all.</summary>
    public IReadOnlyCollection<string>? Sources { get; init; }

    /// <exception cref="UsageException">No limit, more than one, or one out of range; the message names all that is wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        var limits = new[] { Count is not null, TokenShare is not null, Threshold is not null }.Count(set => set);
        if (limits != 1)
        {
            errors.Add($"{limits} limits are set; set one of count, token share and threshold");
        }

        if (Count is < 0)
        {
            errors.Add($"count is {Count}; it must be 0 or more");
        }

        if (TokenShare is { } share && share is not (>= 0 and <= 1))
        {
            errors.Add($"token share is {share}; it must be between 0 and 1");
        }

        if (Threshold is { } threshold && !double.IsFinite(threshold))
        {
            errors.Add($"threshold is {threshold}");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The options for dropping are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
