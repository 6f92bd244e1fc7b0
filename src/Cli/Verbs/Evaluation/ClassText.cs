using System.Globalization;
using Spectre.Console;
using Tda.Evaluation.Classes;

namespace Tda.Cli.Verbs.Evaluation;

/// <summary>Prints a class-level analysis.</summary>
internal static class ClassText
{
    public static void Write(IAnsiConsole console, ClassAnalysisResult result, AnswerInTop? answers)
    {
        // 1. Classes against each other.
        var correlations = new Table().Border(TableBorder.Simple).AddColumns(["class", .. result.Classes.Select(Markup.Escape)]);
        for (var i = 0; i < result.Classes.Count; i++)
        {
            correlations.AddRow([new Text(result.Classes[i]), .. result.Correlations[i].Select(c => new Text(F3(c)))]);
        }

        console.Write(correlations);
        console.WriteLine($"two queries of one class correlate {F3(result.Within)}, of different classes {F3(result.Between)} (Spearman)");

        // 2. Concentration, means over a class's queries.
        foreach (var group in result.Queries.GroupBy(q => q.Class))
        {
            PowerLaw[] tails = [.. group.Select(q => q.Tail).OfType<PowerLaw>()];
            var shares = string.Join(", ", group.First().TopShare.Keys.Select(k => $"top {k} {group.Average(q => q.TopShare[k]).ToString("P1", CultureInfo.InvariantCulture)}"));
            console.WriteLine($"{group.Key}: positive influence in {shares}");
            if (tails.Length > 0)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  power law: Hill exponent {tails.Average(t => t.HillExponent):F2}, slope over rank {tails.Average(t => t.RankSlope):F2}, R² {tails.Average(t => t.Fit):F2}, fitted on ranks 1 to {tails.Max(t => t.Ranks)}"));
            }
        }

        // 3. Sources.
        var sources = new Table().Border(TableBorder.Simple).AddColumns("class", "source", "influence", "documents", "multiplier");
        foreach (var m in result.Sources)
        {
            sources.AddRow(new Text(m.Class), new Text(m.Source), new Text(F3(m.InfluenceShare)), new Text(F3(m.DocumentShare)), new Text(F3(m.Multiplier)));
        }

        console.Write(sources);

        if (answers is not null)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"answer in the top {answers.K}: {answers.InTop:P1} of {answers.Queries:N0} queries (in any document: {answers.InCorpus:P1})"));
        }
    }

    private static string F3(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
