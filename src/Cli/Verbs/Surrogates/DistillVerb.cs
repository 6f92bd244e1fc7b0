using Tda.Curation.Ledger;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Store;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>`tda distill`: trains a surrogate on the corpus and the logged answers.</summary>
internal static class DistillVerb
{
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Candidate corpus");
    private static readonly Option<string> Name = CliOption.Required("--name", "S", "The surrogate's name");
    private static readonly Option<string?> Base = CliOption.Text("--base", "S",
        "Surrogate to start from, imported or distilled: its weights, tokenizer and shape instead of fresh ones");
    private static readonly Option<string?> Tokenizer = CliOption.Text("--tokenizer", "NAME|FILE",
        $"The closed model's own tokenizer instead of one trained here: {string.Join(", ", PublicTokenizer.Names)}, or a tokenizer.json");
    private static readonly Option<string?> Exchanges = CliOption.Text("--exchanges", "FILTER",
        $"Which exchanges: all (default), none, or conditions: {FilterText.Summary}");
    private static readonly Option<string[]> Exclude = new("--exclude")
    { Description = "Leave out exchanges with this tag; may be given several times", HelpName = "tag=NAME[=VALUE]" };
    private static readonly Option<double> HeldOut = CliOption.Default("--held-out", "SHARE",
        "Share of the prompts that is measured and not trained on, by their hash", new DistillOptions().HeldOutFraction).Within(0, 1);
    private static readonly Option<string?> ResponseOver = CliOption.Text("--response-over", ResponseRange.Spelling,
        "Train once for every λ of a range on a corpus with a token mask, by gates on each layer");
    private static readonly Option<int> Epochs = CliOption.Default("--epochs", "N",
        "Passes over corpus and answers; one keeps gradients informative", 1).AtLeast(1);
    private static readonly Option<double?> LearningRate = CliOption.Optional<double?>("--learning-rate", "R",
        "Peak rate; default the optimiser's (beside Muon AdamW's, of vectors and embeddings: 0.01); with --base 0.0288 over the width, with --lora-rank ten times that");
    private static readonly OptimizerSwitches Optimizing = new();
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of weights and order");
    private static readonly Option<int> Ensemble = CliOption.Default("--ensemble", "E", "Surrogates that differ in seed", 1).Within(1, 100);
    private static readonly ShapeOptions Shape = new(vocabulary: 1280, width: 96, layers: 3, heads: 3, context: 192);
    private static readonly Option<double?> DistilWeight = CliOption.Optional<double?>("--distil-weight", "SHARE",
        $"How much of an answer's loss is divergence from logged log-probabilities; 0: the answers' text alone. Default {new DistillOptions().DistilWeight} where the log has any")
        .Within(0, 1);
    private static readonly Option<double> DistilTemperature = CliOption.Default("--distil-temperature", "T",
        "Above 1, small probabilities count more in that divergence", new DistillOptions().DistilTemperature);
    private static readonly Option<bool> ForAttribution = CliOption.Flag("--for-attribution",
        "Take vocabulary, shape, passes and ensemble that predict retraining best; the log is measured, not learned. What is given beside it stays");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a surrogate of this name");

    /// <summary>The surrogate that is made when no option says otherwise.</summary>
    internal static ModelConfig DefaultShape => new DistillOptions().Model with { MaxPositions = 192 };

    /// <summary>How it is trained then. A constant rate: see docs/methods.md, "How long to train the surrogate".</summary>
    internal static TrainingOptions DefaultTraining =>
        new DistillOptions().Training with { Epochs = 1, FinalLearningRateFraction = 1, GradientShards = TrainingOptions.TwoCores };

    public static Command Build() => CommandExtensions.Verb("distill",
        "Trains a small surrogate of the closed model on the corpus and the logged answers; goes on where a stopped run left off.",
        "tda distill --corpus mail --name small --exchanges tag:team",
        [CorpusName, Name, Base, Tokenizer, Exchanges, Exclude, HeldOut, ResponseOver, Epochs, LearningRate, .. Optimizing.All, Seed, Ensemble, DistilWeight, DistilTemperature, .. Shape.All,
            .. LoraOptions.All, ForAttribution, Replace, JobCost.Yes]).Runs(RunAsync).Resumes()
        .Grouped("The surrogate's shape (with --base it is the base's, but for a shorter context)", Shape.All)
        .Grouped("The optimiser", [LearningRate, .. Optimizing.All])
        .Grouped("Adapters on a base", [.. LoraOptions.All])
        .Grouped("Log-probabilities", DistilWeight, DistilTemperature);

    private static async Task<int> RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(CorpusName)));
        var directory = context.Home.SurrogateDirectory(context.Get(Name));
        ArtifactDirectory.RequireFree(directory, context.Get(Replace));
        var recommended = context.Get(ForAttribution);
        if (recommended && Array.Find([Base, ResponseOver, .. LoraOptions.All], context.IsGiven) is { } other)
        {
            throw new UsageException($"--for-attribution distils from fresh weights: leave out {other.Name}.");
        }

        var options = OptionsOf(context, CurationFiles.In(corpus.Directory, CurationFiles.Mask));
        if (!recommended)
        {
            options.Validate(); // before the log is read
        }

        (var responses, var leftOut, var window) = await ResponsesAsync(context);
        foreach ((var cause, var count) in leftOut)
        {
            context.Progress.Message($"{count:N0} exchanges are left out: {cause.Replace('_', ' ')}");
        }

        if (recommended)
        {
            options = Recommended(context, corpus, responses, options);
        }

        if (options.Tokenizer is { } own)
        {
            context.Progress.Message($"{own.Name}: {own.Tokenizer.VocabularySize:N0} tokens, whose embeddings are "
                + $"{DistillTokenizer.EmbeddingShare(options.Model):P1} of the surrogate's {options.Model.ParameterCount:N0} parameters");
        }

        TellLogprobs(context, responses);
        TellTokenizer(context, responses, options);
        options = options with { Window = window };
        await JobCost.AnnounceAsync(context, corpus, directory, () => DistillEstimate.Of(corpus, responses, options, context.Cancel));

        var result = Distiller.Run(corpus, responses, directory, options, context.Progress, context.Cancel);
        return context.Done(result with { Runs = [] }, console =>
        {
            console.WriteLine($"{result.Directory}: {result.Parameters:N0} parameters, from {(result.Base is { } from ? $"{from}, " : "")}"
                + $"{result.Documents:N0} documents and {result.Responses:N0} answers, {result.WithLogprobs:N0} of them with log-probabilities");
            if (result.TrainedParameters < result.Parameters)
            {
                console.WriteLine($"{result.TrainedParameters:N0} parameters of adapters were trained, the base's weights are as they were");
            }

            foreach (var line in result.Fidelity.SelectMany(FidelityText.Lines))
            {
                console.WriteLine(line);
            }
            if (result.Fidelity.Count == 0)
            {
                console.WriteLine("no exchange was held out: fidelity is unknown");
            }
        });
    }

    private static DistillOptions OptionsOf(VerbContext context, string? mask)
    {
        var defaults = new DistillOptions();
        var from = context.Get(Base) is { } name ? OpenBase(context, name) : null;
        var tokenizer = context.Get(Tokenizer);
        if (tokenizer is not null && (from is not null || context.IsGiven(Shape.Vocabulary)))
        {
            throw new UsageException(from is null
                ? "--tokenizer brings its vocabulary: leave out --vocabulary."
                : "With --base the surrogate has the base's tokenizer: leave out --tokenizer.");
        }

        var response = context.Get(ResponseOver) is { } range ? ResponseRange.Parse(range) : null;
        var training = DefaultTraining with { Epochs = context.Get(Epochs), Response = response };
        var lora = LoraOptions.Read(context);
        training = from is null ? training
            : lora is null ? DistillBase.FineTuning(training, from.Config)
            : DistillBase.AdapterTuning(training, from.Config);
        training = Optimizing.Apply(training, fineTunes: from is not null, context);
        return defaults with
        {
            Base = from,
            Lora = lora,
            Tokenizer = tokenizer is null ? null : DistillTokenizer.Open(tokenizer),
            VocabularySize = context.Get(Shape.Vocabulary),
            Model = defaults.Model with
            {
                HiddenSize = context.Get(Shape.Width),
                IntermediateSize = context.Get(Shape.Width) * 8 / 3,
                Layers = context.Get(Shape.Layers),
                Heads = context.Get(Shape.Heads),
                MaxPositions = context.Get(Shape.Context),
            },
            Training = context.Get(LearningRate) is { } rate ? training with { LearningRate = rate } : training,
            MaskFile = response is null ? null : mask,
            HeldOutFraction = context.Get(HeldOut),
            Seed = context.Get(Seed),
            Ensemble = context.Get(Ensemble),
            DistilWeight = context.Get(DistilWeight) ?? defaults.DistilWeight,
            DistilTemperature = context.Get(DistilTemperature),
            Replace = context.Get(Replace),
        };
    }

    /// <summary>As the recipe has it, less what was said otherwise.</summary>
    private static DistillOptions Recommended(VerbContext context, Corpus corpus, List<LoggedResponse> responses, DistillOptions asked)
    {
        var recipe = AttributionRecipe.Choose(
            corpus, responses, asked.Tokenizer?.Tokenizer, asked.VocabularySize, context.IsGiven(Shape.Vocabulary) ? [asked.VocabularySize] : null,
            asked.Training.BatchTokens, context.Progress, context.Cancel);
        var options = recipe.Apply(asked);
        T Said<T>(Option option, T said, T recommended) => context.IsGiven(option) ? said : recommended;
        options = options with
        {
            Model = options.Model with
            {
                HiddenSize = Said(Shape.Width, asked.Model.HiddenSize, options.Model.HiddenSize),
                IntermediateSize = Said(Shape.Width, asked.Model.IntermediateSize, options.Model.IntermediateSize),
                Layers = Said(Shape.Layers, asked.Model.Layers, options.Model.Layers),
                Heads = Said(Shape.Heads, asked.Model.Heads, options.Model.Heads),
            },
            Training = options.Training with { Epochs = Said(Epochs, asked.Training.Epochs, options.Training.Epochs) },
            Ensemble = Said(Ensemble, asked.Ensemble, options.Ensemble),
            HeldOutFraction = Said(HeldOut, asked.HeldOutFraction, options.HeldOutFraction),
            DistilWeight = Said(DistilWeight, asked.DistilWeight, options.DistilWeight),
        };
        options.Validate();
        if (recipe.Candidates is [var best, ..])
        {
            var next = recipe.Candidates.Count > 1 ? $"; next {recipe.Candidates[1].VocabularySize:N0}, {recipe.Candidates[1].Nats - best.Nats:N0} nats worse" : "";
            context.Progress.Message($"Vocabulary {best.VocabularySize:N0}: of {recipe.Candidates.Count:N0} tried the one in which the logged answers are most probable{next}");
        }

        context.Progress.Message($"{options.Ensemble:N0} surrogates of {options.Model.Layers:N0} layer{(options.Model.Layers == 1 ? "" : "s")}, width {options.Model.HiddenSize:N0}, "
            + $"{options.Training.Epochs:N0} pass{(options.Training.Epochs == 1 ? "" : "es")}: attribute with --ensemble (docs/choosing.md)");
        return options;
    }

    /// <exception cref="UsageException">Options say of what shape it should be.</exception>
    private static DistillBase OpenBase(VerbContext context, string name)
    {
        string[] shaped = [.. Shape.All.Where(option => option != Shape.Context && context.IsGiven(option)).Select(option => option.Name)];
        return shaped.Length == 0
            ? DistillBase.Open(context.Home.SurrogateDirectory(name), context.IsGiven(Shape.Context) ? context.Get(Shape.Context) : null)
            : throw new UsageException($"With --base the surrogate has the base's shape and tokenizer: leave out {string.Join(", ", shaped)}.");
    }

    /// <summary>Says how many answers have log-probabilities, and which have ones that can't be used: their text is learned all the same.</summary>
    private static void TellLogprobs(VerbContext context, List<LoggedResponse> responses)
    {
        LoggedResponse[] broken = [.. responses.Where(response => response.LogprobFault is not null)];
        if (broken.Length > 0)
        {
            context.Progress.Message($"{broken.Length:N0} answers have log-probabilities that don't belong to them and aren't used, such as exchange {broken[0].Exchange}: {broken[0].LogprobFault}");
        }

        if (context.Get(DistilWeight) > 0 && responses.Count > 0 && !responses.Exists(response => response.Tokens is not null))
        {
            throw new BadInputException(
                $"--distil-weight {context.Get(DistilWeight)}", "no exchange that matches has log-probabilities that can be used",
                remedy: "Let the gateway ask for them (\"logprobs\" in its configuration), or leave --distil-weight out.");
        }
    }

    /// <summary>
    /// Says which known tokenizer cuts the logged answers as the closed model did, unless the given one does: a surrogate that reads the closed
    /// model's tokens can predict it token by token.
    /// </summary>
    private static void TellTokenizer(VerbContext context, List<LoggedResponse> responses, DistillOptions options)
    {
        var given = options.Tokenizer is { } own ? TokenizerFit.Of(own.Name, own.Tokenizer, responses) : null;
        if (given is { Answers: > 0 })
        {
            context.Progress.Message($"{given.Name} cuts {given.Share:P0} of {given.Answers:N0} logged answers as the closed model did");
        }

        if (options.Base is not null || given is { Fits: true } || TokenizerFit.OfPublic(responses) is not { Count: > 0 } known)
        {
            return;
        }

        var best = known[0];
        var fitting = string.Join(" or ", known.Where(fit => fit.Same == best.Same).Select(fit => fit.Name));
        context.Progress.Message(best.Fits
            ? $"The logged tokens of {best.Share:P0} of {best.Answers:N0} answers are those of {fitting}: --tokenizer {best.Name} takes {(fitting == best.Name ? "the closed model's own" : "the first of them")}"
            : $"No public tokenizer cuts the logged answers as the closed model did; the nearest, {best.Name}, so cuts {best.Share:P0} of {best.Answers:N0}. If its tokenizer.json is published, name it with --tokenizer");
    }

    private static async Task<(List<LoggedResponse> Responses, SortedDictionary<string, int> LeftOut, LogWindow? Window)> ResponsesAsync(VerbContext context)
    {
        var wanted = context.Get(Exchanges) ?? "all";
        if (wanted == "none")
        {
            return ([], [], null);
        }

        var (responses, leftOut, window) = await LoggedAnswers.ReadAsync(context, wanted, context.Get(Exclude) ?? []);
        if (responses.Count == 0)
        {
            // A surrogate that never heard the closed model is not what was asked for.
            var reasons = string.Join(", ", leftOut.Select(cause => $"{cause.Value:N0} {cause.Key.Replace('_', ' ')}"));
            throw new BadInputException(
                $"--exchanges {wanted}", leftOut.Count == 0 ? "no exchange in the log matches" : $"every exchange that matches is left out: {reasons}",
                remedy: "See what there is with tda exchanges list; --exchanges none distils from the corpus alone.");
        }

        return (responses, leftOut, window);
    }
}
