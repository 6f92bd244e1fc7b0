using Tda.Evaluation.Classes;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate classes`: a run by the labels of its queries.</summary>
internal static class ClassesVerb
{
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run to grade");
    private static readonly Option<string?> CorpusName = CliOption.Text("--corpus", "C",
        "The run's corpus: answers are looked for in its texts");
    private static readonly Option<int> Top = CliOption.Default("--top", "K", "Documents that an answer is looked for in", 10);
    private static readonly Option<double> Tail = CliOption.Default("--tail", "S",
        "Share of the positive scores that the power law is fitted on", .1);

    public static Command Build() => CommandExtensions.Verb("classes",
        "Analyses a run by the labels of its queries: correlation of classes, concentration, sources, and whether answers stand in the "
        + "top documents.",
        "tda evaluate classes --run run-1 --corpus web --top 10", Run, CorpusName, Top, Tail).Runs(Classes);

    private static int Classes(VerbContext context)
    {
        var table = context.OpenTable(context.Get(Run));
        var classes = ClassAnalysis.Of(table, context.Get(Tail));
        AnswerInTop? answers = null;
        if (context.Get(CorpusName) is { } name)
        {
            var texts = Corpus.Open(context.Home.CorpusDirectory(name)).Documents().ToDictionary(d => d.Id, d => d.Text, StringComparer.Ordinal);
            answers = AnswerInTop.Of(table, texts.GetValueOrDefault, context.Get(Top));
        }
        return context.Measured(new { Classes = classes, Answers = answers }, console => Print(console, classes, answers));
    }

    private static void Print(IAnsiConsole console, ClassAnalysisResult result, AnswerInTop? answers)
    {
        // 1. Classes against each other.
        console.WriteTable(["class", .. result.Classes], result.Classes.Select((one, i) => (string[])[one, .. result.Correlations[i].Select(F3)]));
        console.WriteLine($"two queries of one class correlate {F3(result.Within)}, of different classes {F3(result.Between)} (Spearman)");

        // 2. Concentration, means over a class's queries.
        foreach (var group in result.Queries.GroupBy(q => q.Class))
        {
            PowerLaw[] tails = [.. group.Select(q => q.Tail).OfType<PowerLaw>()];
            var shares = string.Join(", ", group.First().TopShare.Keys.Select(k => $"top {k} {group.Average(q => q.TopShare[k]).ToString("P1", CultureInfo.InvariantCulture)}"));
            console.WriteLine($"{group.Key}: positive influence in {shares}");
            if (tails.Length > 0)
            {
                console.WriteLine(
                    $"  power law: Hill exponent {tails.Average(t => t.HillExponent):F2}, slope over rank {tails.Average(t => t.RankSlope):F2}, R² {tails.Average(t => t.Fit):F2}, fitted on ranks 1 to {tails.Max(t => t.Ranks)}");
            }
        }

        // 3. Sources.
        console.WriteTable(["class", "source", "influence", "documents", "multiplier"], result.Sources.Select(m => (string[])
            [m.Class, m.Source, F3(m.InfluenceShare), F3(m.DocumentShare), F3(m.Multiplier)]));
        if (answers is not null)
        {
            console.WriteLine($"answer in the top {answers.K}: {answers.InTop:P1} of {answers.Queries:N0} queries (in any document: "
                + $"{answers.InCorpus:P1})");
        }
    }

    private static string F3(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
