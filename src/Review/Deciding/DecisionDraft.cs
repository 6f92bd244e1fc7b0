namespace Tda.Review.Deciding;

/// <summary>What stands in a decision's form: filled in, sent, or sent and refused. Nothing that was typed is lost on the way.</summary>
public sealed record DecisionDraft
{
    /// <summary>Documents at most in one act.</summary>
    public const int MostDocuments = 500;

    private const int MostWeightText = 40;

    /// <summary>Made with the form, so that a form that is sent twice decides once.</summary>
    public required string Act { get; init; }

    /// <summary>What to do; null: not chosen.</summary>
    public ReviewVerdict? Verdict { get; init; }

    /// <summary>The weight as typed.</summary>
    public string WeightText { get; init; } = "0.5";

    /// <summary>Why, one of <see cref="ReviewReasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>Free text.</summary>
    public string? Note { get; init; }

    /// <summary>Documents that the decision is about.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    /// <summary>Whether near-duplicates of these documents follow.</summary>
    public bool Twins { get; init; }

    /// <summary>What the reviewer saw: the newest decision's number by subject.</summary>
    public IReadOnlyDictionary<ReviewSubject, long> Seen { get; init; } = new Dictionary<ReviewSubject, long>();

    /// <summary>Whether they decide although another reviewer holds the item.</summary>
    public bool TakesOver { get; init; }

    /// <summary>The queue that they work through, if any.</summary>
    public string? Queue { get; init; }

    /// <summary>The run that they looked at, if any.</summary>
    public string? Run { get; init; }

    /// <summary>An empty form.</summary>
    public static DecisionDraft Fresh() => new() { Act = Guid.CreateVersion7().ToString("N") };

    /// <summary>Reads what a form sent.</summary>
    public static DecisionDraft Read(IFormCollection form)
    {
        var seen = new Dictionary<ReviewSubject, long>();
        foreach (var text in form["seen"])
        {
            if (text?.Split(' ', 3) is [var kind, var number, var id] && Enum.TryParse<ReviewSubjectKind>(kind, ignoreCase: true, out var of)
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var newest))
            {
                seen[new(of, id)] = newest;
            }
        }

        return new()
        {
            Act = Given(form, "act") ?? "",
            Verdict = Enum.TryParse<ReviewVerdict>(Given(form, "verdict"), ignoreCase: true, out var verdict) && verdict != ReviewVerdict.Undo ? verdict : null,
            WeightText = Given(form, "weight") is { Length: <= MostWeightText } weight ? weight : "",
            Reason = Given(form, "reason"),
            Note = Given(form, "note"),
            Documents = [.. form["document"].OfType<string>().Where(id => id.Length > 0).Distinct(StringComparer.Ordinal)],
            Twins = form["twins"] == "yes",
            Seen = seen,
            TakesOver = form["over"] == "yes",
            Queue = Given(form, "queue"),
            Run = Given(form, "run"),
        };
    }

    /// <summary>The weight, or null where the text is none.</summary>
    public double? Weight => double.TryParse(WeightText, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight is >= 0 and < double.PositiveInfinity ? weight : null;

    /// <summary>What is missing or wrong, in words; empty when it can be decided.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(Act.Length is >= 8 and <= 64 && Act.All(char.IsAsciiLetterOrDigit), "The form is damaged: open the page again.");
        Check(Verdict is not null, "Choose what to do.");
        Check(Verdict != ReviewVerdict.Weight || Weight is not null, $"'{WeightText}' is no weight: give a number of 0 or more, such as 0.5.");
        Check(Reason is null || ReviewReasons.All.Any(reason => reason.Code == Reason), "That reason isn't in the list.");
        Check(Note is null or { Length: <= ReviewDecision.MaxNote }, $"The note is longer than {ReviewDecision.MaxNote} characters.");
        Check(Documents.Count <= MostDocuments, $"More than {MostDocuments} documents can't be decided on in one go.");
        return errors;

        void Check(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }
    }

    private static string? Given(IFormCollection form, string name) => form[name].ToString() is { Length: > 0 } value ? value : null;
}
