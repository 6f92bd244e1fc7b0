using Tda.Evaluation.Removal;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate loo`: runs against models trained without one document.</summary>
internal static class LeaveOneOutVerb
{
    private static readonly Option<string[]> Runs = new("--run")
    { Description = "Runs to grade, over the bank's queries", Required = true, HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Bank = CliOption.Required("--bank", "B", "Bank of retrainings");
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of resamples and random controls");

    public static Command Build() => CommandExtensions.Verb("loo",
        "How a run's scores correlate with models trained without one document.",
        "tda evaluate loo --run run-1 --bank leave-one-out", Runs, Bank, Seed).Runs(LeaveOneOut);

    private static int LeaveOneOut(VerbContext context)
    {
        var outcomes = context.OpenBank(context.Get(Bank), BankKind.LeaveOneOut).Outcomes();
        var results = context.Get(Runs).Select(id =>
        {
            var table = context.OpenTable(id);
            return new { Run = id, table.Method, Result = LeaveOneOutGrader.Grade(table.For(outcomes), outcomes, new() { Seed = context.Get(Seed) }) };
        }).ToList();
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine($"{r.Run} ({r.Method}): Pearson {r.Result.Pearson}, Spearman {r.Result.Spearman} over "
                    + $"{r.Result.Documents:N0} documents left out, {r.Result.Queries:N0} queries");
            }
        });
    }
}
