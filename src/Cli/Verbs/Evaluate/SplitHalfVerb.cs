using Tda.Evaluation;
using Tda.Scoring.Attribution.Trust;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate split-half`: do two halves of an ensemble rank documents alike?</summary>
internal static class SplitHalfVerb
{
    private static readonly Option<string[]> Runs = new("--run")
    {
        Description = "Runs of an ensemble's members over the same queries and documents, at least two",
        Required = true,
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Build() => CommandExtensions.Verb("split-half",
        "Whether two halves of an ensemble rank documents alike.",
        "tda evaluate split-half --run member-0 member-1 member-2 member-3", Runs).Runs(Halves);

    private static int Halves(VerbContext context)
    {
        RunTable[] tables = [.. context.Get(Runs).Select(id => context.OpenTable(id))];
        if (tables.Any(t => !t.Documents.SequenceEqual(tables[0].Documents) || !t.Queries.Select(q => q.Id).SequenceEqual(tables[0].Queries.Select(q => q.Id))))
        {
            throw new BadInputException(context.Home.RunsDirectory, "the runs have different documents or queries");
        }

        var result = SplitHalf.Of([.. tables.Select(t => t.Scores)]);
        return context.Measured(result, console => console.WriteLine(
            $"{result.Members} members: halves correlate {result.HalfCorrelation:F3}; two ensembles of this size would correlate "
                + $"{result.Reliability:F3} (Spearman–Brown)"));
    }
}
