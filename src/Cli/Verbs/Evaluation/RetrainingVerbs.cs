using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Scores;
using Tda.Evaluation;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.Evaluation.Removal;

namespace Tda.Cli.Verbs.Evaluation;

/// <summary>`tda evaluate lds | loo | removal`: runs against retrained models.</summary>
internal static class RetrainingVerbs
{
    private static readonly Option<string[]> Runs = new("--run") { Description = "Runs to grade, over the bank's queries", Required = true, HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> RunsOrNone = new("--run") { Description = "With --plan: runs whose top documents are to be removed", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Bank = new("--bank") { Description = "Bank of retrainings", Required = true, HelpName = "B" };
    private static readonly Option<string?> BankOrNone = new("--bank") { Description = "Bank filled from the removal file, to grade by", HelpName = "B" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of resamples and random controls", HelpName = "N" };
    private static readonly Option<bool> Plan = new("--plan") { Description = "Write the removal file instead of grading" };
    private static readonly Option<string> Lists = new("--lists") { Description = "The removal file: a JSON object a line with method, query, share, removed", Required = true, HelpName = "FILE.jsonl" };
    private static readonly Option<double[]> Shares = new("--shares")
    {
        Description = "With --plan: shares of the documents to remove",
        DefaultValueFactory = _ => [.01, .05],
        HelpName = "S",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> PerQuery = new("--per-query") { Description = "With --plan: a list for every query instead of one for their mean" };
    private static readonly Option<int> Controls = new("--controls") { Description = "With --plan: random lists of each size", DefaultValueFactory = _ => 5, HelpName = "N" };

    /// <summary>`lds`.</summary>
    public static Command BuildLds() => CommandExtensions.Verb("lds",
        "Linear datamodelling score: how well a run's scores predict what models trained on random subsets answer, with interval and noise ceiling.",
        "tda evaluate lds --run run-1 run-2 --bank halves", Runs, Bank, Seed).Runs(LdsOf);

    /// <summary>`loo`.</summary>
    public static Command BuildLeaveOneOut() => CommandExtensions.Verb("loo",
        "How a run's scores correlate with models trained without one document.",
        "tda evaluate loo --run run-1 --bank leave-one-out", Runs, Bank, Seed).Runs(LeaveOneOut);

    /// <summary>`removal`.</summary>
    public static Command BuildRemoval() => CommandExtensions.Verb("removal",
        "What retraining without a run's top documents does to its queries: --plan writes the lists that a bank is filled from, --bank grades.",
        "tda evaluate removal --plan --run run-1 run-2 --shares .01 .05 --lists removal.jsonl", Plan, RunsOrNone, Lists, Shares, PerQuery, Controls, BankOrNone, Seed).Runs(Removal);

    private static Task<int> LdsOf(VerbContext context)
    {
        var outcomes = Outcomes(context, context.Get(Bank), BankKind.HalfSubsets);
        var options = new LdsOptions { Bootstrap = new() { Seed = context.Get(Seed) } };
        var results = context.Get(Runs).Select(id =>
        {
            var table = Table(context, id);
            return new { Run = id, table.Method, Result = LdsGrader.Grade(table.For(outcomes), outcomes, options) };
        }).ToList();
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine($"{r.Run} ({r.Method}): LDS {r.Result.Lds} over {r.Result.PerQuery.Count:N0} queries, {r.Result.Subsets:N0} subsets"
                    + (r.Result.Unscored > 0 ? $"; {r.Result.Unscored:N0} documents without a score" : "")
                    + (r.Result.Unpredicted > 0 ? $"; {r.Result.Unpredicted:N0} queries with constant scores count 0" : "")
                    + (r.Result.Ungradable > 0 ? $"; {r.Result.Ungradable:N0} queries left out, their loss never changes" : ""));
            }
            console.WriteLine(CeilingText(results[0].Result.Ceiling));
        });
    }

    private static Task<int> LeaveOneOut(VerbContext context)
    {
        var outcomes = Outcomes(context, context.Get(Bank), BankKind.LeaveOneOut);
        var results = context.Get(Runs).Select(id =>
        {
            var table = Table(context, id);
            return new { Run = id, table.Method, Result = LeaveOneOutGrader.Grade(table.For(outcomes), outcomes, new() { Seed = context.Get(Seed) }) };
        }).ToList();
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine($"{r.Run} ({r.Method}): Pearson {r.Result.Pearson}, Spearman {r.Result.Spearman} over {r.Result.Documents:N0} documents left out, {r.Result.Queries:N0} queries");
            }
        });
    }

    private static Task<int> Removal(VerbContext context)
    {
        var file = context.Get(Lists);
        if (context.Get(Plan))
        {
            return Task.FromResult(WritePlan(context, file));
        }

        if (context.Get(BankOrNone) is not { } bank)
        {
            throw new UsageException("Give --bank B to grade, or --plan to write the removal file.");
        }

        var results = RemovalGrader.Grade(
            [.. JsonLines.Read<RemovalEntry>(file)], Outcomes(context, bank, BankKind.Removal), new() { Seed = context.Get(Seed) });
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{r.Method} without {r.Share:P1}: loss {r.Increase.Value:+0.0000;-0.0000} nats [{r.Increase.Low:F4}, {r.Increase.High:F4}], rose for {r.Rose:P0}; {r.Lists} lists"));
            }
        });
    }

    private static int WritePlan(VerbContext context, string file)
    {
        RunTable[] tables = [.. (context.Get(RunsOrNone) ?? []).Select(id => Table(context, id))];
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
            $"{file}: {entries.Count:N0} lists, as many retrainings a seed; fill the bank with tda lab bank --kind removal --removed {ids}"));
    }

    /// <summary>A bank of the kind that a measure needs.</summary>
    internal static RetrainingBank Open(VerbContext context, string name, BankKind kind)
    {
        var bank = RetrainingBank.Open(context.Home.BankDirectory(name));
        if (bank.Plan.Kind != kind)
        {
            throw new BadInputException(bank.Directory, $"is a bank of {Spelled(bank.Plan.Kind)}, and this measure needs one of {Spelled(kind)}");
        }

        if (bank.Missing.Count > 0)
        {
            context.Progress.Message($"{bank.Missing.Count:N0} retrainings are missing: graded by what is there.");
        }

        return bank;
    }

    private static RetrainingOutcomes Outcomes(VerbContext context, string name, BankKind kind) => Open(context, name, kind).Outcomes();

    /// <summary>The ceiling in words.</summary>
    internal static string CeilingText(NoiseCeiling? ceiling) => ceiling is null
        ? "noise ceiling: unknown, a subset has one retraining only"
        : string.Create(CultureInfo.InvariantCulture,
            $"noise ceiling: {ceiling.Ceiling:F3} (halves of the retrainings correlate {ceiling.HalfCorrelation:F3}, all would {ceiling.Reliability:F3} by Spearman–Brown; the ceiling is its root)");

    private static string Spelled(BankKind kind) => kind switch
    {
        BankKind.HalfSubsets => "random half subsets",
        BankKind.LeaveOneOut => "leave-one-out",
        _ => "removals",
    };

    private static RunTable Table(VerbContext context, string id)
    {
        using var run = ScoreRun.Open(context.Home.RunDirectory(id));
        return RunTable.Of(run);
    }
}
