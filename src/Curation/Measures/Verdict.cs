namespace Tda.Curation.Measures;

/// <summary>What the scorecard comes to, in words.</summary>
/// <param name="Met">Whether every threshold is met; null where there is none to meet.</param>
/// <param name="Headline">A short sentence.</param>
/// <param name="Detail">What it rests on.</param>
public sealed record Verdict(bool? Met, string Headline, string Detail)
{
    public static Verdict Of(Scorecard? scorecard)
    {
        var judged = scorecard?.Lines.Where(l => l.Threshold is not null).ToArray() ?? [];
        if (judged.Length == 0)
        {
            return new Verdict(
                null,
                "Ranking only: no effect has been measured.",
                "This run ranks sources and documents by estimated influence. Whether removing, masking or re-weighting them helps is shown only by retraining on a curated corpus and asking again.");
        }

        var missed = judged.Where(l => l.ThresholdMet() == false).Select(l => l.Name).ToArray();
        var goals = scorecard!.Lines.Where(l => l.Goal is not null).ToArray();
        var goalsMissed = goals.Where(l => l.GoalMet() == false).Select(l => l.Name).ToArray();
        return new Verdict(
            missed.Length == 0,
            missed.Length == 0 ? $"All {Count(judged.Length, "threshold")} met." : $"{missed.Length} of {Count(judged.Length, "threshold")} not met.",
            string.Join(" ", Sentences(missed, goals.Length, goalsMissed)));
    }

    private static IEnumerable<string> Sentences(string[] missed, int goals, string[] goalsMissed)
    {
        if (missed.Length > 0)
        {
            yield return $"Not met: {string.Join("; ", missed)}.";
        }

        if (goals > 0)
        {
            yield return goalsMissed.Length == 0
                ? $"All {Count(goals, "goal")} reached."
                : $"{goals - goalsMissed.Length} of {Count(goals, "goal")} reached; still open: {string.Join("; ", goalsMissed)}.";
        }
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
