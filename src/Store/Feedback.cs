namespace Tda.Store;

/// <summary>What somebody thought of an exchange. Several may be given; none replaces another.</summary>
public sealed record Feedback
{
    /// <summary>The exchange.</summary>
    public required string ExchangeId { get; init; }

    /// <summary>From -1 (bad) to 1 (good); null when only a label or comment is given.</summary>
    public double? Rating { get; init; }

    /// <summary>A word to find it by, e.g. <c>harmful</c>; 1 to 100 characters.</summary>
    public string? Label { get; init; }

    /// <summary>How sure the label is, 0 (no) to 1 (yes), as a judge's probability; null is a plain yes.</summary>
    public double? Value { get; init; }

    /// <summary>Free text; at most 10,000 characters.</summary>
    public string? Comment { get; init; }

    /// <summary>When it was given.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who gave it, if known.</summary>
    public string? By { get; init; }

    /// <summary>Everything that is wrong with it; empty when it can be stored.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(Rating is null or (>= -1 and <= 1), "the rating must be from -1 to 1");
        Check(Label is null or { Length: >= 1 and <= 100 }, "the label must have 1 to 100 characters");
        Check(Value is null or (>= 0 and <= 1), "the label's value must be from 0 to 1");
        Check(Value is null || Label is not null, "a value needs a label");
        Check(Comment is null or { Length: <= 10_000 }, "the comment must have at most 10,000 characters");
        Check(Rating is not null || Label is not null || Comment is not null, "feedback needs a rating, a label or a comment");
        return errors;

        void Check(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }
    }
}
