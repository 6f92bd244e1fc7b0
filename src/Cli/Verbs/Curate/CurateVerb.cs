using System.CommandLine.Parsing;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Curation.Rendering;

namespace Tda.Cli.Verbs.Curate;

/// <summary>`tda curate`: a better corpus by a plan of stages; the options of a run make a plan too.</summary>
internal static class CurateVerb
{
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Corpus to curate; it stays as it is");
    private static readonly Option<string?> Plan = CliOption.Text("--plan", "FILE.yaml", "The stages (tda curate stages lists their kinds)");
    private static readonly Option<string?> Name = CliOption.Text("--name", "C2", "Name of the curated corpus");
    private static readonly Option<bool> DryRun = CliOption.Flag("--dry-run", "Show what each stage would do, with samples, and make nothing");
    private static readonly Option<string?> Html = CliOption.Text("--html", "OUT.html", "With --dry-run, write it as one self-contained page too");
    private static readonly Option<int> Samples = CliOption.Default("--samples", "N", "Samples that --dry-run shows of each reason", StageSamples.Standard).AtLeast(0);
    private static readonly Option<string?> Overrides = CliOption.Text("--overrides", "FILE.jsonl",
        "A reviewer's decisions, one JSON object a line; they stand above every stage");
    private static readonly Option<DecisionsFrom?> Decisions = DeskDecisions.Option();
    private static readonly Option<bool> AllowEmpty = CliOption.Flag("--allow-empty", "Go on where a stage leaves no document");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a corpus of this name");

    private static readonly Option<string?> Run = CliOption.Text("--run", "ID", "Run whose scores or mask decide");
    private static readonly Option<int?> Drop = CliOption.Optional<int?>("--drop", "N", "Drop the N strongest proponents").AtLeast(0);
    private static readonly Option<bool> Mask = CliOption.Flag("--mask", "Attach the run's token mask");
    private static readonly Option<double?> Budget = CliOption.Optional<double?>("--budget", "B",
        "Select the mask anew from the run's token scores: most of the corpus's tokens to mask, as a share").Within(0, 1);
    private static readonly Option<double?> Quantile = CliOption.Optional<double?>("--quantile", "Q",
        "Select the mask anew: quantile of token scores above which a token may be masked").Within(0, 1);
    private static readonly Option<int?> Window = CliOption.Optional<int?>("--window", "N",
        "Select the mask anew: tokens masked on each side of one above the quantile").AtLeast(0);
    private static readonly Option<bool> Weights = CliOption.Flag("--weights", "Attach weights that fall with the score");
    private static readonly Option<int?> AtRandom = CliOption.Optional<int?>("--at-random", "SEED",
        "Drop, mask or weigh as much at random instead: the control to compare with");

    private static readonly Option[] OfRun = [Run, Drop, Mask, Weights, AtRandom, Budget, Quantile, Window];

    public static Command Build()
    {
        var command = CommandExtensions.Verb("curate",
            "Makes a better corpus by a plan of stages, or by a run: drops documents, attaches a token mask or weights, and keeps a ledger of every decision.",
            "tda curate --corpus mail --plan curation.yaml --dry-run",
            CorpusName, Plan, Name, DryRun, Html, Samples, Overrides, Decisions, AllowEmpty, Replace, Run, Drop, Mask, Weights, AtRandom, Budget, Quantile, Window,
            CurateExplainVerb.Build(), CurateStagesVerb.Build()).Runs(CurateAsync).Resumes()
            .Grouped("By a run, without a plan", Run, Drop, Mask, Weights, AtRandom)
            .Grouped("Another mask than the run's own (with --mask)", Budget, Quantile, Window);
        command.Validators.Add(parsed =>
        {
            if (!IsGiven(parsed, Plan) && !IsGiven(parsed, Run))
            {
                parsed.AddError("Give the stages (--plan FILE.yaml), or a run (--run ID) with --drop N, --mask or --weights.");
            }

            if (!IsGiven(parsed, Name) && !IsGiven(parsed, DryRun))
            {
                parsed.AddError("Name the curated corpus (--name C2), or only look at what would be done (--dry-run).");
            }
        });
        return command;
    }

    /// <summary>What stages need of this program.</summary>
    /// <param name="context">The verb.</param>
    /// <param name="corpus">Directory of the corpus that is curated.</param>
    internal static StageServices Services(VerbContext context, string corpus)
    {
        // LibTorch is loaded where a stage asks for a surrogate, and not before.
        var engine = new Lazy<bool>(() =>
        {
            context.ConfigureEngine();
            return true;
        });
        return new StageServices
        {
            Home = context.Home,
            Corpus = corpus,
            OpenSurrogate = name =>
            {
                _ = engine.Value;
                return SurrogatePerplexity.Open(context.Home, name);
            },
        };
    }

    private static bool IsGiven(CommandResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static async Task<int> CurateAsync(VerbContext context)
    {
        var corpus = context.Home.CorpusDirectory(context.Get(CorpusName));
        var options = new CurateOptions
        {
            Plan = PlanOf(context, Services(context, corpus)),
            CorpusDirectory = corpus,
            OutputDirectory = context.Get(DryRun) ? null : context.Home.CorpusDirectory(context.Get(Name)!),
            OverridesPath = context.Get(Overrides),
            Replace = context.Get(Replace),
            AllowEmpty = context.Get(AllowEmpty),
            Command = context.CommandLine,
        };
        if (context.Get(Html) is not null && !context.Get(DryRun))
        {
            throw new UsageException("--html belongs to --dry-run");
        }

        options = options with { Decisions = await DeskDecisions.ReadAsync(context, context.Get(Decisions)) };

        if (context.Get(AtRandom) is { } seed)
        {
            options = options with { Plan = Control(context, options, seed) };
        }

        using var staged = CorpusCurator.Decide(options, TimeProvider.System, context.Progress, context.Cancel);
        return context.Get(DryRun) ? Show(context, staged) : Write(context, staged, options);
    }

    private static int Show(VerbContext context, StagedCuration staged)
    {
        var preview = new CurationPreview(
            staged.Summary(), staged.Stopped?.Message, StageSamples.Draw(staged, context.Get(Samples), new StageContext(context.Progress, context.Cancel)));
        if (context.Get(Html) is { } page)
        {
            AtomicFile.WriteText(page, CurationPage.Render(preview));
        }

        return context.Done(preview, console => CurationTable.Write(console, preview));
    }

    private static int Write(VerbContext context, StagedCuration staged, CurateOptions options)
    {
        if (staged.Stopped is { } stopped)
        {
            CurationTable.Tell(context.Progress, staged.Summary());
            throw stopped;
        }

        var (corpus, summary) = CorpusCurator.Write(staged, options, TimeProvider.System, context.Progress, context.Cancel);
        CurationTable.Warn(context.Progress, summary);
        var shown = new
        {
            corpus.Name,
            corpus.Directory,
            Read = summary.Documents,
            summary.Dropped,
            summary.Masked,
            summary.MaskedTokens,
            summary.Weighed,
            summary.Overridden,
            summary.Decisions,
            summary.Stages,
            summary.Notes,
        };
        return context.Done(shown, console =>
        {
            if (summary.Stages.Count > 1)
            {
                CurationTable.WriteStages(console, summary);
            }

            console.WriteLine(
                $"{shown.Directory}: {shown.Read:N0} documents read, {shown.Dropped:N0} dropped, {shown.Masked:N0} masked "
                + $"({shown.MaskedTokens:N0} tokens), {shown.Weighed:N0} weighed, {shown.Overridden:N0} by the reviewer");
        });
    }

    private static PlanFile PlanOf(VerbContext context, StageServices services)
    {
        if (context.Get(Plan) is { } path)
        {
            return OfRun.FirstOrDefault(option => context.IsGiven(option)) is { } other
                ? throw new UsageException($"{other.Name} can't stand beside --plan: write it into the plan, as a stage 'influence'")
                : PlanFile.Read(path, services);
        }

        // The same as a plan of one stage, so that there is one way to curate.
        var (drop, mask, weights) = (context.Get(Drop), context.Get(Mask), context.Get(Weights));
        if (drop is null && !mask && !weights)
        {
            throw new UsageException("say what to do: --drop N, --mask or --weights (drop and mask go together)");
        }

        if (weights && (drop is not null || mask))
        {
            throw new UsageException("--weights can't be joined with --drop or --mask: a document gets one decision of a stage");
        }

        var (budget, quantile, window) = (context.Get(Budget), context.Get(Quantile), context.Get(Window));
        if (!mask && (budget is not null || quantile is not null || window is not null))
        {
            throw new UsageException("--budget, --quantile and --window select a mask anew: give --mask too");
        }

        var run = context.Get(Run)!;
        var directory = context.Home.RunDirectory(run);
        if (!File.Exists(Path.Combine(directory, Manifest.FileName)))
        {
            throw MissingArtifact.At(directory);
        }

        (string Option, IFormattable? Value)[] numbers = [("budget", budget), ("quantile", quantile), ("window", window)];
        string[] stages =
        [
            .. drop is { } count ? [FormattableString.Invariant($"documents: {count}")] : Array.Empty<string>(),
            .. mask ? [string.Join(", ", numbers.Where(one => one.Value is not null).Select(one => FormattableString.Invariant($"{one.Option}: {one.Value}")).Prepend("action: mask"))] : Array.Empty<string>(),
            .. weights ? ["action: weigh"] : Array.Empty<string>(),
        ];
        var text = "stages:\n" + string.Concat(stages.Select(stage => $"  - influence: {{ run: \"{run}\", {stage} }}\n"));
        return PlanFile.Parse(text, directory, services);
    }

    /// <summary>A plan that does as much at random as another one would.</summary>
    private static PlanFile Control(VerbContext context, CurateOptions options, int seed)
    {
        var run = context.Home.RunDirectory(context.Get(Run)!);
        using var staged = CorpusCurator.Decide(options with { OverridesPath = null, Decisions = null, AllowEmpty = true }, TimeProvider.System, context.Progress, context.Cancel);
        var control = RunPlan.AtRandom(run, [.. staged.Together()], seed);
        staged.Finish();
        return PlanFile.Of(control, run, new Dictionary<string, string>([ArtifactReference.InputOf(run)]));
    }
}
