using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Curate;

/// <summary>`tda curate explain`: what each stage made of one document, and why.</summary>
internal static class CurateExplainVerb
{
    private static readonly Argument<string> Which = new("DOCUMENT") { Description = "Id of the document, or the beginning of it" };
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "The curated corpus; with --plan, the corpus to curate");
    private static readonly Option<string?> Plan = CliOption.Text("--plan", "FILE.yaml", "Explain by what this plan would do");
    private static readonly Option<string?> Overrides = CliOption.Text("--overrides", "FILE.jsonl", "With --plan, the reviewer's decisions");
    private static readonly Option<DecisionsFrom?> Decisions = DeskDecisions.Option();

    public static Command Build() => CommandExtensions.Verb("explain",
        "Tells the way of one document through all stages: what each decided, why, and in whose favour.",
        "tda curate explain 3fa9 --corpus mail-2", Which, CorpusName, Plan, Overrides, Decisions).Runs(ExplainAsync);

    private static async Task<int> ExplainAsync(VerbContext context)
    {
        var stage = new StageContext(context.Progress, context.Cancel);
        if (context.Get(Plan) is { } path)
        {
            var corpus = context.Home.CorpusDirectory(context.Get(CorpusName));
            var options = new CurateOptions
            {
                Plan = PlanFile.Read(path, CurateVerb.Services(context, corpus)),
                CorpusDirectory = corpus,
                OverridesPath = context.Get(Overrides),
                Decisions = await DeskDecisions.ReadAsync(context, context.Get(Decisions)),
            };
            using var staged = CorpusCurator.Decide(options, TimeProvider.System, context.Progress, context.Cancel);
            return Show(context, DocumentWay.Of(context.Get(Which), staged.Corpus, staged.Summary(), staged.Ledger, stage));
        }

        if (((Option[])[Overrides, Decisions]).FirstOrDefault(context.IsGiven) is { } option)
        {
            throw new UsageException($"{option.Name} belongs to --plan: what a curated corpus was made with stands in its ledger");
        }

        var curated = Corpus.Open(context.Home.CorpusDirectory(context.Get(CorpusName)));
        if (CurationFiles.In(curated.Directory, CurationSummary.FileName) is not { } file)
        {
            throw new UsageException($"{curated.Directory} wasn't made by stages. Give a curated corpus, or a plan (--plan FILE.yaml).");
        }

        var summary = CurationSummary.Read(file);
        return Show(context, DocumentWay.Of(context.Get(Which), Source(context, summary) ?? curated, summary, curated.Ledger, stage));
    }

    /// <summary>The corpus that was curated; null where it is gone or another by now.</summary>
    private static Corpus? Source(VerbContext context, CurationSummary summary)
    {
        var directory = context.Home.CorpusDirectory(summary.Corpus);
        var source = File.Exists(Path.Combine(directory, Manifest.FileName)) ? Corpus.Open(directory) : null;
        return source?.ContentHash == summary.ContentHash ? source : null;
    }

    private static int Show(VerbContext context, DocumentWay way) => context.Done(way, console =>
    {
        var room = console.Profile.Width;
        var output = console.Profile.Out.Writer;
        Wrapped("", way.Document is { } document ? $"{CurationTable.Named(document)}, source {document.Source}, {document.Words:N0} words" : $"{way.Id} (the corpus that it was dropped from is gone)");
        Wrapped("", way.Dropped switch { null => "It stays.", 0 => "A reviewer dropped it.", var number => $"Stage {number} dropped it." });
        if (way.Document is { } text)
        {
            Cut("  ", text.Excerpt);
        }

        foreach (var step in way.Steps)
        {
            output.WriteLine();
            Wrapped("", $"{step.Stage} {step.Kind}: {Outcome(step)}");
            Wrapped("  ", step.Rule);
            if (step.Decision is { Value: not null } decision)
            {
                Wrapped("  ", $"measured {CurationTable.Figures(decision)}");
            }

            if (step.Decision?.Evidence is { } evidence)
            {
                Wrapped("  ", $"hit: {evidence.ReplaceLineEndings(" ")}");
            }

            if (step.Decision?.Override is { } reviewer)
            {
                Wrapped("  ", $"reviewer: {reviewer}");
            }

            if (step.Twin is { } twin)
            {
                var fate = twin.Dropped switch { null => "it stays", 0 => "a reviewer drops it", var later => $"stage {later} drops it" };
                Wrapped("  ", $"twin {(twin.Document is { } other ? CurationTable.Named(other) : twin.Id)}: {fate}");
                Cut("    ", twin.Document?.Excerpt ?? "");
            }
        }

        void Wrapped(string indent, string line)
        {
            foreach (var part in PlainText.Wrapped(VisibleText.Plain(line), room - indent.Length))
            {
                output.WriteLine(indent + part);
            }
        }

        void Cut(string indent, string line)
        {
            var flat = indent + string.Join(' ', VisibleText.Plain(line.ReplaceLineEndings(" ")).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
            output.WriteLine(flat.Length > room ? flat[..(room - 1)] + "…" : flat);
        }
    });

    private static string Outcome(WayStep step) => step.Outcome switch
    {
        "pass" => "left alone",
        "unreached" => "never saw it",
        "drop" => $"dropped{Reason(step)}",
        "mask" => $"masked{Reason(step)}",
        "weight" => $"weighed{Reason(step)}",
        _ => step.Stage == 0 ? "kept" : $"kept, though its rule spoke{Reason(step)}",
    };

    private static string Reason(WayStep step) => step.Decision?.Reason is { } reason ? $" ({reason})" : "";
}
