using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>What wasn't measured, and the commands that would measure it.</summary>
internal static class OpenSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        foreach (var (i, question) in model.Open.Index())
        {
            using var item = h.In("div", ("class", "open"));
            h.Element("p", question.Question);
            ProvenanceSection.Commands(h, question.Command, $"Commands, question {i + 1}");
        }
    }
}
