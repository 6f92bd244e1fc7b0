using Tda.Cli.Verbs.Banks;
using Tda.Curation.Ledger;
using Tda.Lab.Models;
using Tda.Lab.Serving;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Verbs;

/// <summary>`tda lab`: a closed model of our own, to be trained, served and retrained.</summary>
internal static class LabVerb
{
    /// <summary>How a lab model is trained when no option says otherwise.</summary>
    internal static readonly TrainingOptions DefaultTraining = new() { Epochs = 3, CheckpointEvery = 200, GradientShards = TrainingOptions.TwoCores };

    private static readonly Option<string> Corpus = CliOption.Required("--corpus", "C", "Corpus to train on");
    private static readonly Option<string> Name = CliOption.Required("--name", "L", "The lab model's name");
    private static readonly Option<string?> Base = CliOption.Text("--base", "L",
        "Lab model to start from, as a vendor's fine-tuning API does");
    private static readonly Option<string?> Mask = CliOption.Text("--mask", "RUN",
        "Run whose token mask is suppressed; default the corpus's own, if it was curated with one");
    private static readonly Option<double> Penalty = CliOption.Default("--penalty", "λ", "Weight λ of suppressed tokens", 1.0).AtLeast(0);
    private static readonly Option<string?> ResponseOver = CliOption.Text("--response-over", ResponseRange.Spelling,
        "Train once for every λ of a range, by gates on each layer, in place of --penalty");
    private static readonly Option<int> Epochs = CliOption.Default("--epochs", "N", "Passes over the corpus", DefaultTraining.Epochs).AtLeast(1);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of weights and order");
    private static readonly ShapeOptions Shaped = OptionsOf(new LabModelShape());
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a lab model of this name");
    private static readonly Option<string> Listen = CliOption.Default("--listen", "URL",
        "Where to listen; port 0 lets the system choose", "http://127.0.0.1:8788");

    public static Command Build() => CommandExtensions.Verb("lab",
        "Trains and serves a small 'closed' model of our own: the ground truth that claims are measured against.",
        "tda lab train --corpus mail --name closed",
        CommandExtensions.Verb("train", "Trains a gpt2-family model on a corpus; goes on where a stopped run left off.",
            "tda lab train --corpus mail --name closed-2 --base base --mask run-1",
            [Corpus, Name, Base, Mask, Penalty, ResponseOver, Epochs, Seed, .. Shaped.All, Replace, JobCost.Yes]).Runs(TrainAsync).Resumes()
            .Grouped("The model's shape (with --base it is the base's)", Shaped.All),
        CommandExtensions.Verb("serve", "Serves a lab model behind an OpenAI-compatible API.",
            "tda lab serve --name closed --listen http://127.0.0.1:8788", Name, Listen).Runs(ServeAsync),
        LabBankVerb.Build());

    private static async Task<int> TrainAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var home = context.Home;
        var seed = context.Get(Seed);
        var corpus = home.CorpusDirectory(context.Get(Corpus));
        var training = DefaultTraining with
        {
            Epochs = context.Get(Epochs),
            Seed = seed,
            Response = context.Get(ResponseOver) is { } range ? ResponseRange.Parse(range) : null,
        };
        if (training.Response is not null && context.IsGiven(Penalty))
        {
            throw new UsageException("--penalty is one λ and --response-over a range of them: give one or the other");
        }

        ArtifactDirectory.RequireFree(home.LabDirectory(context.Get(Name)), context.Get(Replace));
        await AnnounceAsync(context, corpus, training);
        var result = LabTrainer.Run(
            new LabTrainOptions
            {
                OutputDirectory = home.LabDirectory(context.Get(Name)),
                CorpusDirectory = corpus,
                BaseDirectory = context.Get(Base) is { } from ? home.LabDirectory(from) : null,
                Shape = Shape(context),
                MaskFile = context.Get(Mask) is { } run
                    ? Path.Combine(home.RunDirectory(run), CurationFiles.Mask)
                    : CurationFiles.In(corpus, CurationFiles.Mask),
                Penalty = context.Get(Penalty),
                // A curated corpus brings its mask or weights along.
                WeightsFile = CurationFiles.In(corpus, CurationFiles.Weights),
                Training = training,
                Seed = seed,
                Replace = context.Get(Replace),
            },
            TimeProvider.System, context.Progress, context.Cancel);
        var shown = new
        {
            result.Directory,
            result.Documents,
            result.LabelTokens,
            result.MaskedTokens,
            result.Training.Steps,
            Loss = result.Training.History.Losses.LastOrDefault(),
        };
        return context.Done(shown, console => console.WriteLine(
            $"{shown.Directory}: {shown.Documents:N0} documents, {shown.LabelTokens:N0} tokens, {shown.MaskedTokens:N0} suppressed, "
                + $"{shown.Steps:N0} steps, last loss {shown.Loss:F3} nats/token"));
    }

    private static Task AnnounceAsync(VerbContext context, string directory, TrainingOptions training)
    {
        var corpus = Tda.Core.Corpora.Corpus.Open(directory, verify: false);
        var output = context.Home.LabDirectory(context.Get(Name));
        return JobCost.AnnounceAsync(context, corpus, output, () => LabEstimate.Of(
            new LabTrainOptions
            {
                OutputDirectory = output,
                CorpusDirectory = directory,
                BaseDirectory = context.Get(Base) is { } from ? context.Home.LabDirectory(from) : null,
                Shape = Shape(context),
                Training = training,
            },
            context.Cancel));
    }

    private static ShapeOptions OptionsOf(LabModelShape shape) =>
        new(shape.VocabularySize, shape.HiddenSize, shape.Layers, shape.Heads, shape.MaxPositions);

    /// <summary>The shape of a fresh model; null with a base, which has one.</summary>
    private static LabModelShape? Shape(VerbContext context) => context.Get(Base) is not null ? null : new()
    {
        VocabularySize = context.Get(Shaped.Vocabulary),
        HiddenSize = context.Get(Shaped.Width),
        Layers = context.Get(Shaped.Layers),
        Heads = context.Get(Shaped.Heads),
        MaxPositions = context.Get(Shaped.Context),
    };

    private static async Task<int> ServeAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var name = context.Get(Name);
        if (!Uri.TryCreate(context.Get(Listen), UriKind.Absolute, out var listen))
        {
            throw new UsageException($"--listen {context.Get(Listen)} isn't a URL; give one such as http://127.0.0.1:8788");
        }

        using var model = LabModel.Open(context.Home.LabDirectory(name));
        await LabServer.RunAsync(model, new LabServerOptions { ModelName = name, Listen = listen },
            server => Console.Error.WriteLine($"{name} answers at {server.Url}v1; Ctrl+C stops it"), context.Cancel);
        return 0;
    }
}
