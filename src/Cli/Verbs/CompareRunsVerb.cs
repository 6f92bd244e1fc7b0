using Tda.Cli.Verbs.Evaluate;
using Tda.Evaluation;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs;

/// <summary>`tda compare-runs`: whether two runs say the same.</summary>
internal static class CompareRunsVerb
{
    private const int QueriesShown = 10;
    private const int NarrowestName = 12;

    private static readonly Argument<string> First = new("A") { Description = "A run" };
    private static readonly Argument<string> Second = new("B") { Description = "Another run over the same queries and corpus" };
    private static readonly Option<int> Top = CliOption.Default("--top", "K", "Documents whose overlap is counted", 10);

    public static Command Build() => CommandExtensions.Verb("compare-runs",
        "Says how far two runs over the same answers agree: two methods, two surrogates, two seeds. Rank correlation and overlap of the "
        + "first documents, by answer and in the mean, and the documents that moved most.",
        "tda compare-runs why-ekfac why-logra --top 10", First, Second, Top).Runs(Run);

    private static int Run(VerbContext context)
    {
        if (context.Get(Top) < 1)
        {
            throw new UsageException($"--top must be at least 1, not {context.Get(Top)}");
        }

        using var first = ScoreRun.Open(context.Home.RunDirectory(context.Get(First)));
        using var second = ScoreRun.Open(context.Home.RunDirectory(context.Get(Second)));
        var agreement = RunAgreement.Of(first, second, context.Get(Top));
        if (first.CorpusIn(context.Home) is { } corpus)
        {
            var names = DocumentName.Of(Corpus.Open(corpus, verify: false), agreement.Moved.Select(d => d.Id).ToHashSet(StringComparer.Ordinal));
            agreement = agreement with { Moved = [.. agreement.Moved.Select(d => d with { Name = names.GetValueOrDefault(d.Id) })] };
        }

        return context.Measured(agreement, console => Print(
            console, agreement, $"A is {context.Get(First)} ({first.Header.Method}), B is {context.Get(Second)} ({second.Header.Method})"));
    }

    private static void Print(IAnsiConsole console, RunAgreement agreement, string runs)
    {
        console.WriteLine($"{runs}: {Count(agreement.Queries.Count, "answer")}, {agreement.Documents:N0} documents scored in both"
            + (agreement.ScoredOnce > 0 ? $", {agreement.ScoredOnce:N0} in one of them" : ""));
        var room = Room(console, Math.Max(NarrowestName, console.Profile.Width - 40));
        console.WriteTable(
            ["answer", "Spearman", $"first {agreement.Top} in common"],
            agreement.Queries.OrderBy(q => q.Spearman).Take(QueriesShown).Select(query => (string[])
                [RankingTable.Fitted(query.Query, room), $"{query.Spearman:F2}", $"{query.Overlap * agreement.Top:N0}"]));
        if (agreement.Queries.Count > QueriesShown)
        {
            console.WriteLine($"the {QueriesShown} that agree least; --json has all {agreement.Queries.Count:N0}");
        }

        if (agreement.Moved.Count > 0)
        {
            PrintMoved(console, agreement);
        }

        if (agreement.NotCompared.Count > 0)
        {
            console.WriteLine($"{Count(agreement.NotCompared.Count, "answer")} not compared, since a run abstained: {string.Join(", ", agreement.NotCompared.Take(QueriesShown))}");
        }

        var most = agreement.Top;
        console.WriteLine($"mean: Spearman {agreement.Spearman.Value:F2}{Range(agreement.Spearman, 1)}, {most * agreement.Overlap.Value:F1} of the first "
            + $"{most}{Range(agreement.Overlap, most)} in common; chance gives 0 and {most * agreement.ChanceOverlap:F1}");
    }

    private static void PrintMoved(IAnsiConsole console, RunAgreement agreement)
    {
        console.WriteLine($"Among the first {agreement.Top} of either over all answers, these moved most (ranks of {agreement.Documents:N0}):");
        var sources = !agreement.Moved.All(d => DocumentName.TellsSource(d.Name, d.Source));
        var room = Room(console, Math.Max(2 * NarrowestName, console.Profile.Width - 26));
        console.WriteTable(
            sources ? ["document", "source", "A", "B"] : ["document", "A", "B"],
            agreement.Moved.Select(document => (string[])
            [
                RankingTable.Fitted(DocumentName.Shown(document.Name, document.Id), sources ? room / 5 * 3 : room),
                .. sources ? [RankingTable.Fitted(document.Source, room / 5 * 2)] : Array.Empty<string>(),
                $"{document.FirstRank:N0}", $"{document.SecondRank:N0}",
            ]));
    }

    // In a pipe names are whole.
    private static int Room(IAnsiConsole console, int columns) => console.Profile.Out.IsTerminal ? columns : int.MaxValue;

    private static string Range(Interval interval, double scale) =>
        double.IsNaN(interval.Low) ? "" : scale == 1
            ? $" ({interval.Low:F2} to {interval.High:F2})"
            : $" ({scale * interval.Low:F1} to {scale * interval.High:F1})";

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";
}
