using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Method, options, seeds and hashes, and the commands that make the run again.</summary>
internal static class ProvenanceSection
{
    private static readonly string[] Linked = [ScoreFormat.Top, ScoreFormat.Tokens, ScoreFormat.Queries, ScoreFormat.Rows, ScoreFormat.Scores];

    public static void Write(HtmlWriter h, ReportModel model)
    {
        var provenance = model.Provenance;
        if (provenance.Commands.Count > 0)
        {
            Commands(h, string.Join("\n", provenance.Commands), "Commands");
        }

        if (provenance.Method is not null)
        {
            WriteFiles(h, provenance);
        }

        WriteMethod(h, provenance);
        Pairs(h, "Options", "Option", "Value", provenance.Options);
        Pairs(h, "Seeds", "Seed of", "Value", provenance.Seeds.Select(s => KeyValuePair.Create(s.Key, s.Value.ToString(System.Globalization.CultureInfo.InvariantCulture))).ToArray());
        if (provenance.Hashes.Count > 0)
        {
            using var details = h.In("details");
            h.Element("summary", $"SHA-256 of {provenance.Hashes.Count} inputs and outputs");
            Pairs(h, "SHA-256 of inputs and outputs", "File", "SHA-256", provenance.Hashes);
        }

    }

    /// <summary>Commands as a block to be copied.</summary>
    internal static void Commands(HtmlWriter h, string commands, string label)
    {
        using var pre = h.In("pre", ("tabindex", "0"), ("role", "region"), ("aria-label", label));
        h.Element("code", commands);
    }

    private static void WriteFiles(HtmlWriter h, Provenance provenance)
    {
        using var line = h.In("p");
        h.Text("Beside this page: ");
        string[] files = [RankingCsv.FileName, ReportWriter.Model, .. Linked.Where(file => provenance.Hashes.Any(hash => hash.Key == file))];
        foreach (var (i, file) in files.Index())
        {
            h.Text(i > 0 ? ", " : "");
            h.Element("a", file, ("href", file));
        }

        h.Text(".");
    }

    private static void WriteMethod(HtmlWriter h, Provenance provenance)
    {
        using var list = h.In("dl", ("class", "facts"));
        Fact(h, "Method", provenance.Method ?? "not recorded");
        Fact(h, "Sign convention", provenance.SignConvention ?? "not recorded");
    }

    private static void Fact(HtmlWriter h, string name, string value)
    {
        using var fact = h.In("div");
        h.Element("dt", name);
        h.Element("dd", value);
    }

    private static void Pairs(HtmlWriter h, string caption, string name, string value, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        Tables.Write(
            h,
            caption,
            [
                Column<KeyValuePair<string, string>>.Name(name, p => p.Key),
                new(value, (w, p) => w.Element("code", p.Value)),
            ],
            pairs);
    }
}
