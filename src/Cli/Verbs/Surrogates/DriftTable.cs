using Tda.Core.Drift;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>A report of drift, for people.</summary>
internal static class DriftTable
{
    public static void Print(IAnsiConsole console, DriftReport report)
    {
        console.WriteLine(report.Verdict);
        console.WriteLine();
        console.WriteTable(["what is compared", "e-value", "pairs", "told apart"], Findings(report));
        if (report.Fidelity.Count > 0)
        {
            console.WriteLine();
            console.WriteTable(
                ["held-out answers", "from", "answers", "nats/token", "95 % interval"],
                report.Fidelity.Select(period => (string[])[
                    period.Name, Time(period.From), $"{period.Answers:N0}", Text($"{period.NatsPerToken:F3}"),
                    period.Low is null ? "" : Text($"{period.Low:F3} to {period.High:F3}")]));
        }

        if (report.Change is { } change)
        {
            console.WriteLine();
            console.WriteLine(Text($"Losses changed most on {Time(change.At)}: {change.Before:F3} nats/token before, {change.After:F3} after (p = {change.P:F3}, one look)."));
        }

        if (report.Distance is { } distance)
        {
            console.WriteLine();
            console.WriteLine(Text($"From {distance.Other}: {distance.NatsPerToken:F4} nats/token (KL), logits {distance.Logits:F3}, at {distance.Tokens:N0} tokens that the surrogate wrote."));
        }
    }

    private static IEnumerable<string[]> Findings(DriftReport report)
    {
        (string Name, BettingFinding? Finding)[] all =
        [
            ("upstream's answers, since against then", report.Answers),
            ("prompts, since against then", report.Prompts),
            ("surrogate's answers against upstream's, then", report.SurrogateThen),
            ("surrogate's answers against upstream's, since", report.SurrogateSince),
        ];
        return all.Where(one => one.Finding is not null).Select(one => (string[])[
            one.Name, Text($"{one.Finding!.EValue:G3}"), Text($"{one.Finding.Pairs:N0}"),
            one.Finding.CrossedAt is { } at ? Text($"at {at:N0}") : "no"]);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
