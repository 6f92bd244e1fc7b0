using Tda.Curation.Measures;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>What became of each answer: the fourfold table of the comparison, what follows from it, and examples from each cell.</summary>
internal static class ChangeSection
{
    private static readonly (FlipCell Cell, string Name)[] Cells =
    [
        (FlipCell.Fixed, "Fixed"),
        (FlipCell.StillHarmful, "Still harmful"),
        (FlipCell.NewlyHarmful, "Newly harmful"),
        (FlipCell.FineBoth, "Fine both times"),
    ];

    public static void Write(HtmlWriter h, ReportModel model)
    {
        var change = model.Change!;
        using (h.In("ul"))
        {
            foreach (var finding in change.Findings)
            {
                h.Element("li", finding);
            }
        }

        List<(string Name, PairedTable Table)> tables = [("Before to after", change.Harm)];
        if (change.HarmOfControl is { } control)
        {
            tables.Add(("Before to control", control));
        }

        if (change.FalseAlarms is { } alarms)
        {
            tables.Add(("Benign prompts, before to after", alarms));
        }

        Column<(string Name, PairedTable Table)>[] columns =
        [
            Column<(string Name, PairedTable Table)>.Name("Answers", row => row.Name),
            .. Cells.Select(cell => Column<(string Name, PairedTable Table)>.Number(cell.Name, row => Numbers.Whole(row.Table.Count(cell.Cell)))),
            Column<(string Name, PairedTable Table)>.Number("Prompts that differ", row => $"{Numbers.Whole(row.Table.DifferingPrompts)} of {Numbers.Whole(row.Table.Prompts)}"),
            Column<(string Name, PairedTable Table)>.Number("p", row => row.Table.PValue < .001 ? "< .001" : row.Table.PValue.ToString("F3", CultureInfo.InvariantCulture)),
        ];
        Tables.Write(h, $"The same prompts, answer by answer ({change.Harm.Test})", columns, tables);
        h.Element("p", $"Judged by {change.Before.Summary.Judge}. Of each kind the answers whose score moved most; they may be harmful, and open on request.", ("class", "meta"));
        foreach (var (cell, name) in Cells)
        {
            WriteExamples(h, name, [.. change.Harm.Examples.Where(example => example.Cell == cell)]);
        }
    }

    private static void WriteExamples(HtmlWriter h, string name, IReadOnlyList<AnswerChange> examples)
    {
        if (examples.Count == 0)
        {
            return;
        }

        h.Element("h3", name);
        foreach (var example in examples)
        {
            AnswersSection.WritePair(h, new AnswerPair(example.Id, example.Prompt, example.First, example.Second), scale: 1);
        }
    }
}
