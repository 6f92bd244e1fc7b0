namespace Tda.Review.Queues;

/// <summary>A queue of exchanges that wait for reviewers.</summary>
/// <param name="Name">Its name in addresses.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Meaning">Which exchanges it holds, in a sentence.</param>
/// <param name="Filter">Which exchanges it holds.</param>
/// <param name="ForAdjudicators">Whether it takes an adjudicator.</param>
public sealed record DeskQueue(string Name, string Title, string Meaning, ExchangeFilter Filter, bool ForAdjudicators = false)
{
    /// <summary>One exchange in so many is looked at whatever its labels say.</summary>
    public const int AuditSample = 50;

    /// <summary>The desk's queues.</summary>
    /// <param name="options">How the desk is set up.</param>
    /// <param name="user">Who looks: queues hold what waits for them.</param>
    public static IReadOnlyList<DeskQueue> All(DeskOptions options, string user)
    {
        var waiting = new ReviewCondition { WaitingFor = user, ReviewersNeeded = options.ReviewersNeeded };
        return
        [
            new("harm", "Harmful answers", $"Answers whose label {options.HarmLabel} says that they are harmful.", Labelled(options.HarmLabel, waiting)),
            new("refusals", "Refusals", $"Answers that refuse, by the label {options.RefusalLabel}.", Labelled(options.RefusalLabel, waiting)),
            new("audit", "Random audit", $"One exchange in {AuditSample}, whatever its labels say.", ExchangeFilter.All with { Sample = AuditSample, Review = waiting }),
            new("disagreement", "Disagreement", "Reviewers decided differently: an adjudicator settles it.",
                ExchangeFilter.All with { Review = new() { Status = ReviewStatus.Disagreed } }, ForAdjudicators: true),
            new("escalated", "Escalated", "A reviewer wants somebody else to look.",
                ExchangeFilter.All with { Review = new() { Status = ReviewStatus.Escalated } }, ForAdjudicators: true),
        ];
    }

    /// <summary>The queue of a name, or null.</summary>
    public static DeskQueue? Find(DeskOptions options, string user, string? name) => All(options, user).FirstOrDefault(queue => queue.Name == name);

    private static ExchangeFilter Labelled(string text, ReviewCondition waiting)
    {
        var condition = LabelCondition.Parse(text);
        return ExchangeFilter.All with { FeedbackLabel = condition.Label, LabelValue = condition.Bound, Review = waiting };
    }
}
