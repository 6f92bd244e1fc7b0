using Tda.Curation.Ledger;
using Tda.Lab.Models;
using Tda.Lab.Serving;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Verbs;

/// <summary>`tda lab`: a closed model of our own, to be trained, served and retrained.</summary>
internal static class LabVerb
{
    private static readonly Option<string> Corpus = new("--corpus") { Description = "Corpus to train on", Required = true, HelpName = "C" };
    private static readonly Option<string> Name = new("--name") { Description = "The lab model's name", Required = true, HelpName = "L" };
    private static readonly Option<string?> Base = new("--base")
    { Description = "Lab model to start from, as a vendor's fine-tuning API does", HelpName = "L" };
    private static readonly Option<string?> Mask = new("--mask")
    { Description = "Run whose token mask is suppressed; default the corpus's own, if it was curated with one", HelpName = "RUN" };
    private static readonly Option<double> Penalty = new("--penalty")
    { Description = "Weight λ of suppressed tokens", HelpName = "λ", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Epochs = new("--epochs")
    { Description = "Passes over the corpus", HelpName = "N", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of weights and order", HelpName = "N" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Replace a lab model of this name" };
    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Where to listen; port 0 lets the system choose",
        HelpName = "URL",
        DefaultValueFactory = _ => "http://127.0.0.1:8788",
    };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("lab",
        "Trains and serves a small 'closed' model of our own: the ground truth that claims are measured against.",
        "tda lab train --corpus mail --name closed",
        CommandExtensions.Verb("train", "Trains a gpt2-family model on a corpus; goes on where a stopped run left off.",
            "tda lab train --corpus mail --name closed-2 --base base --mask run-1", Corpus, Name, Base, Mask, Penalty, Epochs, Seed, Replace).Runs(Train).Resumes(),
        CommandExtensions.Verb("serve", "Serves a lab model behind an OpenAI-compatible API.",
            "tda lab serve --name closed --listen http://127.0.0.1:8788", Name, Listen).Runs(ServeAsync),
        LabBankVerb.Build());

    private static int Train(VerbContext context)
    {
        context.ConfigureEngine();
        var home = context.Home;
        var seed = context.Get(Seed);
        var corpus = home.CorpusDirectory(context.Get(Corpus));
        var result = LabTrainer.Run(
            new LabTrainOptions
            {
                OutputDirectory = home.LabDirectory(context.Get(Name)),
                CorpusDirectory = corpus,
                BaseDirectory = context.Get(Base) is { } from ? home.LabDirectory(from) : null,
                MaskFile = context.Get(Mask) is { } run ? Path.Combine(home.RunDirectory(run), CurationFiles.Mask) : OfCorpus(corpus, CurationFiles.Mask),
                Penalty = context.Get(Penalty),
                WeightsFile = OfCorpus(corpus, CurationFiles.Weights),
                Training = new TrainingOptions { Epochs = context.Get(Epochs), Seed = seed, CheckpointEvery = 200 },
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
        return context.Done(shown, console => console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{shown.Directory}: {shown.Documents:N0} documents, {shown.LabelTokens:N0} tokens, {shown.MaskedTokens:N0} suppressed, "
                + $"{shown.Steps:N0} steps, last loss {shown.Loss:F3} nats/token")));
    }

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

    // A curated corpus brings its mask or weights along.
    private static string? OfCorpus(string corpus, string file) =>
        File.Exists(Path.Combine(corpus, file)) ? Path.Combine(corpus, file) : null;
}
