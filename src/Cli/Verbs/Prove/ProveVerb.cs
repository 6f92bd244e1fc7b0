using Tda.Cli.Proving;
using Tda.Labels.Judges;

namespace Tda.Cli.Verbs.Prove;

/// <summary>`tda prove`: does a curation help, on a model that can be retrained here?</summary>
internal static class ProveVerb
{
    private static readonly Option<string?> Lab =
        CliOption.Text("--lab", "L", "Lab model that was trained on the corpus before it was curated");
    private static readonly Option<string?> Surrogate = CliOption.Text("--surrogate", "S",
        "A surrogate instead: models of its shape are trained as it was, on documents alone");
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C2", "Curated corpus (tda curate)");
    private static readonly Option<int?> Epochs = CliOption.Optional<int?>("--epochs", "N",
        "Passes over the documents; default as the model was trained. With another number it is trained anew on the original corpus too");
    private static readonly Option<int?> Seed = CliOption.Optional<int?>("--seed", "N",
        "Seed of weights and order; default the model's. With another one it is trained anew on the original corpus too");
    private static readonly Option<double> Penalty = CliOption.Default("--penalty", "λ", "Weight λ of suppressed tokens", 1.0);
    private static readonly Option<int> ControlSeed = CliOption.Default("--control-seed", "N", "Seed of the random control", 1);
    private static readonly Option<int> AnswerSeed = CliOption.Optional<int>("--answer-seed", "N", "Seed of the answers");
    private static readonly Option<string> Out =
        CliOption.Required("--out", "P", "The proof's name; what it makes is called P-before, P-after and P-control");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a proof of this name, and what it made");

    public static Command Build() => CommandExtensions.Verb("prove",
        "Retrains a model on a curated corpus and on one changed as much at random, asks both and the model before, and compares. "
        + "The comparison goes into the run that the curation came from. Goes on where a stopped one left off.",
        "tda prove --lab closed --corpus mail-2 --prompts risky.jsonl --benign benign.jsonl --judge spam --out proof",
        Lab, Surrogate, CorpusName, MeasuringOptions.Prompts, MeasuringOptions.Benign, MeasuringOptions.Judge, Epochs, Seed, Penalty,
        ControlSeed, MeasuringOptions.Choices, MeasuringOptions.Temperature, MeasuringOptions.MaxTokens, AnswerSeed, Out, Replace,
        JobCost.Yes).Runs(RunAsync).Resumes()
        .Grouped("The model, and how it is retrained", Lab, Surrogate, Epochs, Seed, Penalty, ControlSeed)
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
        var options = new ProveOptions
        {
            Home = context.Home,
            Lab = lab,
            Surrogate = surrogate,
            Corpus = context.Get(CorpusName),
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
        var plan = ProofPlan.Of(options);
        await JobCost.AnnounceAsync(
            context, Corpus.Open(context.Home.CorpusDirectory(options.Corpus), verify: false), directory,
            () => ProofEstimate.Of(options, plan, context.Cancel));
        var proof = await Prover.RunAsync(options, plan, judge, context.Progress, context.Cancel);
        return context.Done(proof, console =>
        {
            CompareVerb.Print(console, proof.Comparison);
            console.WriteLine($"lab models: {proof.Before} before, {proof.After} after, {proof.Control} the control");
            console.WriteLine($"{proof.Directory}; tda report {proof.Run} shows it");
        });
    }
}
