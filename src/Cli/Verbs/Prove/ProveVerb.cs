using Tda.Cli.Proving;
using Tda.Cli.Verbs.Curate;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Labels.Judges;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda prove`: does a curation help, on a model that can be retrained here?</summary>
internal static class ProveVerb
{
    private static readonly Option<string?> Lab =
        CliOption.Text("--lab", "L", "Lab model that was trained on the corpus before it was curated");
    private static readonly Option<string?> Surrogate = CliOption.Text("--surrogate", "S",
        "A surrogate instead: models of its shape are trained as it was, on documents alone");
    private static readonly Option<string[]> Corpora =
        new("--corpus") { HelpName = "C2", Description = "Curated corpus (tda curate); several are set against each other" };

    private static readonly Option<string[]> Plans = new("--plan")
    {
        HelpName = "FILE.yaml",
        Description = "Plan of a curation, which the model's corpus is curated by; several are set against each other",
    };

    private static readonly Option<string[]> Controls = new("--control") { HelpName = "KIND", Description = $"{ProofControl.Spelling}; default random" };
    private static readonly Option<string?> Labelled = CliOption.Text("--labelled", "FILE.jsonl",
        "Labelled texts that --control keyword learns its words from, as for tda label train");
    private static readonly Option<string?> Preferences = CliOption.Text("--preferences", "FILTER",
        "Logged answers whose prompts --control dpo learns preferences from, such as label:harm>=.5, or a file of them (tda exchanges export)");
    private static readonly Option<int> Seeds = CliOption.Default("--seeds", "N", "Seeds that every model is trained with, 1 to 100", 1);
    private static readonly Option<int?> Epochs = CliOption.Optional<int?>("--epochs", "N",
        "Passes over the documents; default as the model was trained. With another number it is trained anew on the original corpus too");
    private static readonly Option<int?> Seed = CliOption.Optional<int?>("--seed", "N",
        "First seed of weights and order; default the model's. With another one it is trained anew on the original corpus too");
    private static readonly Option<double> Penalty = CliOption.Default("--penalty", "λ", "Weight λ of suppressed tokens", 1.0);
    private static readonly Option<int> ControlSeed = CliOption.Default("--control-seed", "N", "Seed of the random control", 1);
    private static readonly Option<int> AnswerSeed = CliOption.Optional<int>("--answer-seed", "N", "Seed of the answers");
    private static readonly Option<string> Out =
        CliOption.Required("--out", "P", "The proof's name; what it makes is called P-before, P-C2 and P-KIND");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a proof of this name, and what it made");

    public static Command Build() => CommandExtensions.Verb("prove",
        "Retrains a model on curated corpora and on controls of the same size, asks all of them and the model before, and compares. "
        + "The comparison goes into the run that the first curation came from. Goes on where a stopped one left off.",
        "tda prove --lab closed --corpus mail-2 --prompts risky.jsonl --benign benign.jsonl --judge spam --seeds 3 --out proof",
        Lab, Surrogate, Corpora, Plans, Controls, Labelled, Preferences, MeasuringOptions.Prompts, MeasuringOptions.Benign, MeasuringOptions.Judge, Epochs, Seed,
        Seeds, Penalty, ControlSeed, MeasuringOptions.Choices, MeasuringOptions.Temperature, MeasuringOptions.MaxTokens, AnswerSeed, Out, Replace,
        JobCost.Yes).Runs(RunAsync).Resumes()
        .Grouped("The model, and how it is retrained", Lab, Surrogate, Epochs, Seed, Seeds, Penalty)
        .Grouped("What it is set against", Controls, Labelled, Preferences, ControlSeed)
        .Grouped("How it is asked", [.. MeasuringOptions.Asking, AnswerSeed]);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var (lab, surrogate) = (context.Get(Lab), context.Get(Surrogate));
        if (lab is null == surrogate is null)
        {
            throw new UsageException("Name one model to retrain: --lab L or --surrogate S");
        }

        context.ConfigureEngine();
        var judge = KnownJudges.Open(context.Home, context.Get(MeasuringOptions.Judge));
        ProofControl[] controls = context.Get(Controls) is { Length: > 0 } given ? [.. given.Select(ProofControl.Parse)] : [new(ControlKind.Random)];
        var options = new ProveOptions
        {
            Home = context.Home,
            Lab = lab,
            Surrogate = surrogate,
            Corpora = context.Get(Corpora) ?? [],
            Controls = controls,
            Labelled = context.Get(Labelled),
            Logged = await LoggedAsync(context, controls),
            Seeds = context.Get(Seeds),
            Epochs = context.Get(Epochs),
            Seed = context.Get(Seed),
            Penalty = context.Get(Penalty),
            ControlSeed = context.Get(ControlSeed),
            Measure = MeasuringOptions.Read(context, context.Get(Out), context.Get(AnswerSeed)),
            Out = context.Get(Out),
            Replace = context.Get(Replace),
        };
        var directory = context.Home.ProofDirectory(options.Out);
        ArtifactDirectory.RequireFree(directory, options.Replace);
        options = options with { Corpora = [.. options.Corpora, .. Curated(context, options)] };
        var plan = ProofPlan.Of(options);
        await JobCost.AnnounceAsync(
            context, Corpus.Open(context.Home.CorpusDirectory(options.Corpora[0]), verify: false), directory,
            () => ProofEstimate.Of(options, plan, context.Cancel));
        var proof = await Prover.RunAsync(options, plan, judge, context.Progress, context.Cancel);
        return context.Done(proof, console =>
        {
            CompareVerb.Print(console, proof.Comparison);
            PlansTable.Print(console, proof.Plans);
            console.WriteLine($"{proof.Directory}{(proof.Run is { } run ? $"; tda report {run} shows it" : "")}");
        });
    }

    /// <summary>
    /// Curates by every plan, also where that is done already: the same plan gives the same corpus, and another one is seen by the proof, which goes on
    /// with the same corpora only.
    /// </summary>
    private static IEnumerable<string> Curated(VerbContext context, ProveOptions options)
    {
        var goesOn = Directory.Exists(context.Home.ProofDirectory(options.Out) + AtomicFileWriter.PartSuffix);
        var corpus = new Lazy<string>(() => context.Home.CorpusDirectory(ProofPlan.RecipeOf(options).Corpus));
        foreach (var path in context.Get(Plans) ?? [])
        {
            var name = options.Called(Path.GetFileNameWithoutExtension(path));
            CorpusCurator.Run(
                new CurateOptions
                {
                    CorpusDirectory = corpus.Value,
                    OutputDirectory = context.Home.CorpusDirectory(name),
                    Plan = PlanFile.Read(path, CurateVerb.Services(context, corpus.Value)),
                    Replace = options.Replace || goesOn,
                    Command = context.CommandLine,
                },
                TimeProvider.System, context.Progress, context.Cancel);
            yield return name;
        }
    }

    private static async Task<IReadOnlyList<Query>> LoggedAsync(VerbContext context, ProofControl[] controls)
    {
        if (controls.All(control => control.Kind != ControlKind.Dpo) || context.Get(Preferences) is not { } filter)
        {
            return [];
        }

        return File.Exists(filter)
            ? QueryFile.Read(filter, context.Progress, $"{Preferences.Name} FILTER")
            : await LogQueries.ReadAsync(context, Preferences.Name, filter, int.MaxValue);
    }
}
