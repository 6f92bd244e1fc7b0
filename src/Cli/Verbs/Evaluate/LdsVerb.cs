using Tda.Evaluation.Lds;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate lds`: the linear datamodelling score of runs.</summary>
internal static class LdsVerb
{
    private static readonly Option<string[]> Runs = new("--run")
    { Description = "Runs to grade, over the bank's queries", Required = true, HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> Bank = CliOption.Required("--bank", "B", "Bank of retrainings");
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of resamples and random controls");

    public static Command Build() => CommandExtensions.Verb("lds",
        "Linear datamodelling score: how well a run's scores predict what models trained on random subsets answer, with interval and "
        + "noise ceiling.",
        "tda evaluate lds --run run-1 run-2 --bank halves", Runs, Bank, Seed).Runs(LdsOf);

    private static int LdsOf(VerbContext context)
    {
        var outcomes = context.OpenBank(context.Get(Bank), BankKind.HalfSubsets).Outcomes();
        var options = new BootstrapOptions { Seed = context.Get(Seed) };
        var results = context.Get(Runs).Select(id =>
        {
            var table = context.OpenTable(id);
            return new { Run = id, table.Method, Result = LdsGrader.Grade(table.For(outcomes), outcomes, options) };
        }).ToList();
        return context.Measured(results, console =>
        {
            foreach (var r in results)
            {
                console.WriteLine($"{r.Run} ({r.Method}): LDS {r.Result.Lds} over {r.Result.PerQuery.Count:N0} queries, "
                    + $"{r.Result.Subsets:N0} subsets"
                    + (r.Result.Unscored > 0 ? $"; {r.Result.Unscored:N0} documents without a score" : "")
                    + (r.Result.Unpredicted > 0 ? $"; {r.Result.Unpredicted:N0} queries with constant scores count 0" : "")
                    + (r.Result.Ungradable > 0 ? $"; {r.Result.Ungradable:N0} queries left out, their loss never changes" : ""));
            }
            console.WriteLine(CeilingText(results[0].Result.Ceiling));
        });
    }

    /// <summary>The ceiling in words.</summary>
    internal static string CeilingText(NoiseCeiling? ceiling) => ceiling is null
        ? "noise ceiling: unknown, a subset has one retraining only"
        : $"noise ceiling: {ceiling.Ceiling:F3} (halves of the retrainings correlate {ceiling.HalfCorrelation:F3}, all would "
            + $"{ceiling.Reliability:F3} by Spearman–Brown; the ceiling is its root)";
}
