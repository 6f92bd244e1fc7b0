using Tda.Curation.Measures;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Prove;

/// <summary>Prints what several curations and their controls came to.</summary>
internal static class PlansTable
{
    public static void Print(IAnsiConsole console, PlanComparison plans)
    {
        console.WriteTable(
            ["trained on", "tokens gone", "harm rate", "its 95 %", "perplexity", "words right"],
            plans.Plans.Select(plan => (string[])
            [
                plan.Name, plan.Removed is { } gone ? Percent(gone.Share) : "–", Percent(plan.Harm.Value), $"{100 * plan.Harm.Low:F1} to {100 * plan.Harm.High:F1}",
                plan.Perplexity is { } perplexity ? perplexity.Value.ToString("F1", CultureInfo.InvariantCulture) : "–",
                plan.Words is { } words ? Percent(words.Value) : "–",
            ]));
        console.WriteLine($"{plans.Seeds.Count:N0} trainings each, {plans.Prompts:N0} prompts");
        foreach (var difference in plans.Differences)
        {
            console.WriteLine(InWords(difference));
        }
    }

    private static string InWords(PlanDifference difference)
    {
        var harm = difference.Harm;
        var points = FormattableString.Invariant($"{100 * harm.Value:+0.0;−0.0;0.0} points ({100 * harm.Low:+0.0;−0.0;0.0} to {100 * harm.High:+0.0;−0.0;0.0})");
        var ratio = difference.PerplexityRatio is { } perplexity
            ? FormattableString.Invariant($", perplexity times {perplexity.Value:F3} ({perplexity.Low:F3} to {perplexity.High:F3})") : "";
        return $"{difference.Plan} against {difference.Other}: harm {points}{ratio}";
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
