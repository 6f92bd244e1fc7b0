using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Classes of answers beside each other: what each draws on, and how alike they are.</summary>
internal static class ClassesSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        Tables.Write(
            h,
            "What each class draws on: shares of positive influence, and in brackets how many times as much as the source's size explains",
            [
                Column<AnswerClass>.Name("Class", c => c.Name),
                Column<AnswerClass>.Number("Answers", c => Numbers.Whole(c.Answers)),
                Column<AnswerClass>.Text("Sources", c => string.Join("; ", c.Sources.Select(s => $"{s.Name} {Numbers.Percent(s.Share)} ({Numbers.Times(s.Multiplier)})"))),
                Column<AnswerClass>.Text("Strongest document", c => $"{DocumentName.Shown(c.Leading.Name, c.Leading.Id)} ({c.Leading.Source})"),
            ],
            model.Classes);
        Tables.Write(
            h,
            "How alike the rankings are: Spearman's correlation over documents, 1 where two classes rank them alike, 0 where they have nothing in common",
            [
                Column<AnswerClass>.Name("Class", c => c.Name),
                .. model.Classes.Select((other, i) => Column<AnswerClass>.Number(other.Name, c => c.Correlations[i] is { } rho ? Numbers.Score(rho) : "not defined")),
            ],
            model.Classes);
    }
}
