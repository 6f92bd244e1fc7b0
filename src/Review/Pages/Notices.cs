using Tda.Review.Rendering;

namespace Tda.Review.Pages;

/// <summary>What a page says of what was just done. Addresses carry a word for it and never the sentence itself.</summary>
internal static class Notices
{
    /// <summary>The notice that an address asks for; null: none.</summary>
    public static string? Of(HttpContext context) => context.Request.Query["note"].ToString() switch
    {
        "end" => "Nothing else waits in this queue that nobody has taken.",
        "undone" => "The decision was taken back.",
        "not-yours" => "Only an adjudicator takes back what others decided.",
        "gone" => "There is no such decision.",
        _ => null,
    };

    /// <summary>The notice of what was just decided, else the one that an address asks for.</summary>
    public static string? Of(HttpContext context, IReadOnlyList<ReviewDecision> done) => done.Count > 0 ? Decided(done) : Of(context);

    /// <summary>The act that was just made, where it can be taken back.</summary>
    public static string? Undoable(IReadOnlyList<ReviewDecision> done) => done.Count > 0 && done[0].Verdict != ReviewVerdict.Undo ? done[0].Act : null;

    /// <summary>What an act decided, in a sentence.</summary>
    private static string Decided(IReadOnlyList<ReviewDecision> act)
    {
        var documents = act.Count(decision => decision.Subject.Kind == ReviewSubjectKind.Document);
        var exchange = act.Any(decision => decision.Subject.Kind == ReviewSubjectKind.Exchange) ? "the exchange" : null;
        string[] on = [.. new[] { exchange, documents > 0 ? Shown.Plural(documents, "document") : null }.OfType<string>()];
        return act[0].Verdict == ReviewVerdict.Undo ? "The decision was taken back." : $"Decided: {Shown.Verdict(act[0].Verdict)}, on {string.Join(" and ", on)}.";
    }
}
