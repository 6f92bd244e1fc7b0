using Tda.Evaluation;
using Tda.Evaluation.Provenance;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate provenance`: does a run find the article that taught an answer?</summary>
internal static class ProvenanceVerb
{
    private static readonly Option<string> Set = CliOption.Required("--set", "DIR",
        $"Folder with {ProvenanceSet.ArticlesFile} and {ProvenanceSet.QuestionsFile}");
    private static readonly Option<string[]> Runs = new("--run")
    {
        Description = "Runs over the set's questions; the others are set against the first",
        Required = true,
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Build() => CommandExtensions.Verb("provenance",
        "Whether runs find the article that taught an answer, among paraphrases and anti-documents: Recall@1, Recall@10 and MRR by wording of the "
        + "question, with intervals.",
        "tda evaluate provenance --set facts --run facts-ekfac facts-bm25", Set, Runs).Runs(Grade);

    private static int Grade(VerbContext context)
    {
        var set = ProvenanceSet.Read(context.Get(Set));
        var names = context.Get(Runs);
        RunTable[] tables = [.. names.Select(context.OpenTable)];
        ProvenanceGrade[] grades = [.. tables.Select((table, i) => new ProvenanceGrade(
            names[i], ProvenanceGrader.Grade(set, table), i == 0 ? null : ProvenanceGrader.Difference(set, table, tables[0])))];
        return context.Measured(grades, console => Print(console, grades));
    }

    private static void Print(IAnsiConsole console, ProvenanceGrade[] grades)
    {
        console.WriteTable(
            ["run", "asked", "n", "recall@1", "recall@10", "MRR", "decoy above"],
            grades.SelectMany(grade => grade.Result.Wordings.Prepend(grade.Result.All).Select((line, i) => (string[])
            [
                i == 0 ? grade.Run : "", line.Label.Length == 0 ? "all" : line.Label, $"{line.Questions:N0}", $"{line.RecallAt1.Value:F2}", $"{line.RecallAt10.Value:F2}",
                $"{line.Mrr.Value:F2}", double.IsNaN(line.DecoyAbove.Value) ? "–" : $"{line.DecoyAbove.Value:F2}",
            ])));
        foreach (var grade in grades)
        {
            console.WriteLine($"{grade.Run} ({grade.Result.Method}, {grade.Result.Documents:N0} documents): MRR {grade.Result.All.Mrr}"
                + (grade.OverFirst is { } over ? $", over {grades[0].Run} {over}" : ""));
        }
    }

    /// <summary>A run's grade.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Result">Its measures.</param>
    /// <param name="OverFirst">Its MRR less that of the first run, paired; null for the first.</param>
    private sealed record ProvenanceGrade(string Run, ProvenanceResult Result, Interval? OverFirst);
}
