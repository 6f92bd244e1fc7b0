using Tda.Evaluation;
using Tda.Evaluation.Removal;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate removal`: what retraining without the top documents does.</summary>
internal static class RemovalVerb
{
    private static readonly Option<string[]> Runs = new("--run")
    { Description = "With --plan: runs whose top documents are to be removed", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> Bank = CliOption.Text("--bank", "B", "Bank filled from the removal file, to grade by");
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of resamples and random controls");
    private static readonly Option<bool> Plan = CliOption.Flag("--plan", "Write the removal file instead of grading");
    private static readonly Option<string> Lists = CliOption.Required("--lists", "FILE.jsonl",
        "The removal file: a JSON object a line with method, query, share, removed");
    private static readonly Option<double[]> Shares = new("--shares")
    {
        Description = "With --plan: shares of the documents to remove",
        DefaultValueFactory = _ => [.01, .05],
        HelpName = "S",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> PerQuery = CliOption.Flag("--per-query",
        "With --plan: a list for every query instead of one for their mean");
    private static readonly Option<int> Controls = CliOption.Default("--controls", "N", "With --plan: random lists of each size", 5);

    public static Command Build() => CommandExtensions.Verb("removal",
        "What retraining without a run's top documents does to its queries: --plan writes the lists that a bank is filled from, --bank "
        + "grades.",
        "tda evaluate removal --plan --run run-1 run-2 --shares .01 .05 --lists removal.jsonl", Plan, Runs, Lists, Shares, PerQuery, Controls, Bank, Seed).Runs(Removal);

    private static int Removal(VerbContext context)
    {
        var file = context.Get(Lists);
        if (context.Get(Plan))
        {
            return WritePlan(context, file);
        }

        if (context.Get(Bank) is not { } bank)
        {
            throw new UsageException("Give --bank B to grade, or --plan to write the removal file.");
        }

        var results = RemovalGrader.Grade(
            [.. JsonLines.Read<RemovalEntry>(file)], context.OpenBank(bank, BankKind.Removal).Outcomes(), new() { Seed = context.Get(Seed) });
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine(
                    $"{r.Method} without {r.Share:P1}: loss {r.Increase.Value:+0.0000;-0.0000} nats [{r.Increase.Low:F4}, {r.Increase.High:F4}], rose for {r.Rose:P0}; {r.Lists} lists");
            }
        });
    }

    private static int WritePlan(VerbContext context, string file)
    {
        RunTable[] tables = [.. (context.Get(Runs) ?? []).Select(id => context.OpenTable(id))];
        if (tables.Length == 0)
        {
            throw new UsageException("--plan needs at least one --run");
        }

        if (tables.Select(t => t.Method).Distinct().Count() < tables.Length)
        {
            throw new UsageException($"two runs are of one method ({string.Join(", ", tables.Select(t => t.Method))}): their lists could not be told apart");
        }

        var shares = context.Get(Shares);
        List<RemovalEntry> entries = [.. tables.SelectMany(t => RemovalPlanner.Top(
            t.Method, t.Scores, [.. t.Queries.Select(q => q.Id)], t.Documents, shares, context.Get(PerQuery)))];
        entries.AddRange(RemovalPlanner.Random(tables[0].Documents, shares, context.Get(Controls), context.Get(Seed)));
        var ids = Path.ChangeExtension(file, ".ids.jsonl");
        JsonLines.Write(file, entries);
        JsonLines.Write(ids, entries.Select(e => e.Removed));
        return context.Done(new { File = file, Ids = ids, Lists = entries.Count }, console => console.WriteLine(
            $"{file}: {entries.Count:N0} lists, as many retrainings a seed; fill the bank with tda lab bank --kind removal --removed "
                + $"{ids}"));
    }
}
