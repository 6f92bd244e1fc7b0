using Tda.Curation.Reports;

namespace Tda.Curation.Rendering.Sections;

/// <summary>Method, options, seeds and hashes, and the commands that make the run again.</summary>
internal static class ProvenanceSection
{
    public static void Write(HtmlWriter h, ReportModel model)
    {
        using var section = Section.In(h, "provenance");
        var provenance = model.Provenance;
        WriteMethod(h, provenance);
        Pairs(h, "Options", "Option", "Value", provenance.Options);
        Pairs(h, "Seeds", "Seed of", "Value", provenance.Seeds.Select(s => KeyValuePair.Create(s.Key, s.Value.ToString(System.Globalization.CultureInfo.InvariantCulture))).ToArray());
        if (provenance.Hashes.Count > 0)
        {
            using var details = h.In("details");
            h.Element("summary", $"SHA-256 of {provenance.Hashes.Count} inputs and outputs");
            Pairs(h, "SHA-256 of inputs and outputs", "File", "SHA-256", provenance.Hashes);
        }

        h.Element("h3", "Make it again");
        if (provenance.Commands.Count == 0)
        {
            Section.Missing(h, "The run's manifest holds no command.");
            return;
        }

        using var pre = h.In("pre", ("tabindex", "0"), ("role", "region"), ("aria-label", "Commands"));
        h.Element("code", string.Join("\n", provenance.Commands));
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
