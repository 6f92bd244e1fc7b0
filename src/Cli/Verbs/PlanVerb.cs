using Tda.Cli.Proving;
using Tda.Cli.Verbs.Surrogates;
using Tda.GatewayHost.Terminal;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Planning;

namespace Tda.Cli.Verbs;

/// <summary>`tda plan`: what a job will need, before it is started.</summary>
internal static class PlanVerb
{
    private const int PromptCharacters = 60;

    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Candidate corpus");
    private static readonly Option<string?> SurrogateName = CliOption.Text("--surrogate", "S",
        "Surrogate; without it, the shape that `tda distill` makes by default");
    private static readonly Option<string?> LabName = CliOption.Text("--lab", "L",
        "Lab model; without it, the shape that `tda lab train` makes by default");
    private static readonly Option<int> Rank = CliOption.Default("--rank", "R", "LoGra: rank per side", 16).Within(1, 4096);

    private static readonly Option<LayerScope?> Track = JobCost.Track();

    private static readonly Option<string> Knows = CliOption.Default("--knows", "LIST",
        "What is known or had of the closed model, with commas: weights, architecture, queries (its answers), documents, "
        + "budget (for training surrogates); or nothing", "queries,documents,budget");
    private static readonly Option<int> Queries = CliOption.Default("--queries", "N",
        "Queries of a scoring run, and prompts of a measurement", 100).AtLeast(1);
    private static readonly Option<int> ProbeTokens = CliOption.Default("--probe-tokens", "N",
        "Tokens of the corpus that are worked through to measure this machine; 0: no times", 8192);

    public static Command Build() => CommandExtensions.Verb("plan",
        "Says what training, indexing, scoring and measuring on a corpus will need in memory, disk and time, and which access scenario "
        + "they assume.",
        "tda plan --corpus mail --surrogate small", CorpusName, SurrogateName, LabName, Rank, Track, Knows, Queries, ProbeTokens).Runs(Run);

    private static int Run(VerbContext context)
    {
        var scenario = AccessScenario.Of(AccessScenario.Parse(context.Get(Knows)));
        context.ConfigureEngine();
        var program = JobCost.Program();
        var corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(CorpusName)));
        var surrogate = context.Get(SurrogateName) is { } name ? Surrogate.Open(context.Home.SurrogateDirectory(name)) : null;
        var config = surrogate is null ? DistillVerb.DefaultShape : ShapeOf(surrogate.Directory);
        var estimate = IndexEstimate.Of(config, corpus.Count, context.Get(Rank), context.Get(Track)!.Value);
        var scoring = context.Get(SurrogateName) is { } indexed
            ? Planner.Run(
                new PlanOptions
                {
                    Home = context.Home,
                    Corpus = corpus.Name,
                    Surrogate = indexed,
                    Rank = context.Get(Rank),
                    Track = context.Get(Track)!.Value,
                    Queries = context.Get(Queries),
                    ProbeTokens = context.Get(ProbeTokens),
                },
                context.Progress, context.Cancel)
            : null;
        var distilling = Distilling(context, corpus, surrogate, config);
        var plan = new
        {
            Corpus = corpus.Name,
            Documents = corpus.Count,
            Parameters = config.ParameterCount,
            TrainingBytes = JobCost.WithProgram(distilling, program).MemoryBytes,
            FactorBytes = estimate.FactorBytes,
            LograBytesPerRow = estimate.LograBytesPerRow,
            LograBytes = estimate.LograBytes,
            Scenario = scenario.Name,
            Assumes = scenario.Meaning,
            scoring?.Rows,
            scoring?.Tokens,
            Jobs = ((JobPlan[])[distilling, .. scoring?.Jobs ?? [], .. OnTheModels(context, corpus, surrogate)])
                .Select(job => JobCost.WithProgram(job, program)).ToArray(),
            scoring?.Throughput,
        };
        return context.Done(plan, console =>
        {
            console.WriteLine($"{plan.Corpus}: {plan.Documents:N0} documents; surrogate of {plan.Parameters:N0} parameters "
                + $"({EnumOption.Spelled(config.Family)}, {config.Layers} × {config.HiddenSize})");
            if (scoring is not null)
            {
                console.WriteLine($"{scoring.Rows:N0} rows, {scoring.Tokens:N0} tokens, counted");
            }

            console.WriteLine(Timed(context) ? "times by a short probe of this machine as it is now" : "no times without a probe");
            console.WriteTable(["job", "disk", "memory", "time"], plan.Jobs.Select(job => (string[])
                [job.Job, PlainText.Size(job.DiskBytes), PlainText.Size(job.MemoryBytes), job.Seconds is { } s ? PlainText.Time(s) : "-"]));
            if (scoring is null)
            {
                console.WriteLine($"EK-FAC       {PlainText.Size(plan.FactorBytes)} on disk, twice that in memory while fitting; scores are "
                    + $"computed by one more pass over the corpus");
                console.WriteLine($"LoGra        {PlainText.Size(plan.LograBytesPerRow)} a row, {PlainText.Size(plan.LograBytes)} for one row a document "
                    + $"(float32; half with float16)");
                console.WriteLine("--surrogate S, once it is distilled, counts the corpus's tokens and tells times of indexes and scores");
            }

            console.WriteLine($"scenario     {plan.Scenario}: {plan.Assumes}");
        });
    }

    private static bool Timed(VerbContext context) => context.Get(ProbeTokens) > 0;

    private static ModelConfig ShapeOf(string directory) => ModelConfigFile.Read(Path.Combine(directory, LabModel.ConfigFile));

    // A surrogate as it was trained, on the corpus alone; else as the verb would make it.
    private static JobPlan Distilling(VerbContext context, Corpus corpus, Surrogate? surrogate, ModelConfig config) => DistillEstimate.Of(
        corpus, [],
        new DistillOptions { Model = config, Training = surrogate is { IsDistilled: true } ? surrogate.Training().Options : DistillVerb.DefaultTraining, Ensemble = surrogate?.MemberDirectories.Count ?? 1 },
        context.Cancel, surrogate?.Tokenizer, Timed(context));

    /// <summary>Training a lab model; measuring and retraining those models that are there.</summary>
    private static IEnumerable<JobPlan> OnTheModels(VerbContext context, Corpus corpus, Surrogate? surrogate)
    {
        var home = context.Home;
        var prompts = context.Get(Queries);
        var answers = new EstimatedAnswers
        {
            // Beginnings of documents: as long as prompts are, and in the corpus's words.
            Prompts = [.. corpus.Documents().Take(prompts).Select(document => document.Text[..Math.Min(PromptCharacters, document.Text.Length)])],
            Answers = prompts,
            Timed = Timed(context),
        };
        var lab = context.Get(LabName);
        var recipe = lab is null ? null : LabRecipe.Of(home.LabDirectory(lab));
        var labTraining = Like(recipe?.Training ?? LabVerb.DefaultTraining) with
        {
            BaseDirectory = recipe?.BaseDirectory,
            LikeDirectory = recipe is { BaseDirectory: null } ? home.LabDirectory(lab!) : null,
        };
        var trainingLab = LabEstimate.Of(labTraining, context.Cancel, Timed(context));
        yield return trainingLab;
        if (lab is not null)
        {
            using var model = AskedLabModel.OfLab(home, lab);
            var measuring = model.Estimate($"measure lab, {prompts} prompts", answers, context.Cancel);
            yield return measuring;
            yield return ProofEstimate.Of($"prove lab, {prompts} prompts", new ProofSize(3, 2, 1), trainingLab, measuring, corpus, home.LabDirectory(lab));
        }

        // How to retrain one that was imported, nobody here knows.
        if (surrogate is { IsDistilled: true })
        {
            using var model = AskedLabModel.OfSurrogate(home, context.Get(SurrogateName)!);
            var measuring = model.Estimate($"measure surrogate, {prompts} prompts", answers, context.Cancel);
            var retraining = LabEstimate.Of(
                Like(surrogate.Training().Options) with { LikeDirectory = surrogate.Directory }, context.Cancel, Timed(context));
            yield return measuring;
            yield return ProofEstimate.Of($"prove surrogate, {prompts} prompts", new ProofSize(3, 3, 1), retraining, measuring, corpus, surrogate.Directory);
        }

        LabTrainOptions Like(TrainingOptions training) => new()
        {
            OutputDirectory = home.LabDirectory("planned"),
            CorpusDirectory = corpus.Directory,
            Training = training with { CheckpointEvery = LabVerb.DefaultTraining.CheckpointEvery },
        };
    }
}
