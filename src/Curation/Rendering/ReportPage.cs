using Tda.Curation.Rendering.Sections;
using Tda.Curation.Reports;

namespace Tda.Curation.Rendering;

/// <summary>report.html: one file that needs nothing else.</summary>
public static class ReportPage
{
    private const string Behind = "What is behind the answers";
    private const string Helped = "Whether it helped";
    private const string Made = "How it was made, and what is open";

    private static readonly Section[] Parts =
    [
        new("explained", "Answer by answer", CardsSection.Has, CardsSection.Write) { Group = Behind },
        new("documents", "Documents, over all answers", m => m.Documents.Count > 0, DocumentsSection.Write) { Group = Behind },
        new("sources", "Sources", m => m.Sources.Count > 0, SourcesSection.Write) { Group = Behind },
        new("classes", "Classes of answers", m => m.Classes.Count > 0, ClassesSection.Write) { Group = Behind },
        new("result", "Scorecard", m => ScorecardSection.Has(m, machinery: false), (h, m) => ScorecardSection.Write(h, m, machinery: false)) { Group = Helped },
        new("before-after", "Before and after", m => m.Scorecard is { Comparisons.Count: > 0 }, ComparisonSection.Write) { Group = Helped },
        new("change", "What became of the answers", m => m.Change is not null, ChangeSection.Write) { Group = Helped },
        new("plans", "Plans against controls", m => m.Plans is not null, (h, m) => PlansPage.Write(h, m.Plans!)) { Group = Helped },
        new("curve", "Harm against fluency", m => m.Curve is { Points.Count: > 0 }, CurveSection.Write) { Group = Helped },
        new("answers", "Example answers", AnswersSection.Has, AnswersSection.Write) { Group = Helped },
        new("machinery", "What the machinery did", m => ScorecardSection.Has(m, machinery: true), (h, m) => ScorecardSection.Write(h, m, machinery: true)) { Group = Made },
        new("open", "What wasn't measured", m => m.Open.Count > 0, OpenSection.Write) { Group = Made },
        new("provenance", "How to make it again", _ => true, ProvenanceSection.Write) { Group = Made },
    ];

    public static string Render(ReportModel model) => HtmlPage.Render($"{model.Title} – Tda report", h => Body(h, model));

    private static void Body(HtmlWriter h, ReportModel model)
    {
        Section[] present = [.. Parts.Where(section => section.Has(model))];
        HeaderSection.Write(h, model, present);
        using (h.In("main", ("id", "main")))
        {
            OverviewSection.Write(h, model);
            foreach (var (i, section) in present.Index())
            {
                if (i == 0 || present[i - 1].Group != section.Group)
                {
                    h.Element("p", section.Group, ("class", "group"));
                }

                section.Write(h, model);
            }
        }

        using var footer = h.In("footer");
        h.Element("p", $"Made by Tda {model.ProgramVersion} on {model.CreatedAt:yyyy-MM-dd HH:mm} UTC. This page loads nothing and runs no script; the files that it links to lie beside it.");
    }
}
