using Tda.Evaluation.Detection;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate mislabelled`: are documents with wrong labels the strongest opponents?</summary>
internal static class MislabelledVerb
{
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run to grade");
    private static readonly Option<string> Flipped = CliOption.Required("--flipped", "FILE",
        "Ids of the documents with wrong labels, one a line");

    public static Command Build() => CommandExtensions.Verb("mislabelled",
        "Whether documents with wrong labels are the strongest opponents of a run's queries.",
        "tda evaluate mislabelled --run run-1 --flipped flipped.txt", Run, Flipped).Runs(Mislabelled);

    private static int Mislabelled(VerbContext context)
    {
        var table = context.OpenTable(context.Get(Run));
        var file = context.Get(Flipped);
        if (!File.Exists(file))
        {
            throw new BadInputException(file, "there is no such file");
        }

        HashSet<string> flipped = [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        string[] unknown = [.. flipped.Except(table.Documents)];
        if (unknown.Length > 0)
        {
            throw new BadInputException(file, $"the run doesn't have {unknown.Length} of these ids; one of them is '{unknown[0]}'");
        }

        var result = MislabelledGrader.Grade(table.Scores, [.. table.Documents.Select(flipped.Contains)]);
        return context.Measured(result, console => console.WriteLine(
            $"{result.Detection.Positives:N0} wrong labels of {result.Detection.Documents:N0}: AUROC {result.Detection.Auroc}; found by inspecting {string.Join(", ", result.Inspected.Select(i => $"{i.Key}: {i.Value:P0}"))}"));
    }
}
