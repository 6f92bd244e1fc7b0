using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Planning;

namespace Tda.Cli.Verbs;

/// <summary>`tda plan`: what a job will need, before it is started.</summary>
internal static class PlanVerb
{
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Candidate corpus");
    private static readonly Option<string?> SurrogateName = CliOption.Text("--surrogate", "S",
        "Surrogate; without it, the shape that `tda distill` makes by default");
    private static readonly Option<int> Rank = CliOption.Default("--rank", "R", "LoGra: rank per side", 16).Within(1, 4096);

    private static readonly Option<string> Knows = CliOption.Default("--knows", "LIST",
        "What is known or had of the closed model, with commas: weights, architecture, queries (its answers), documents, "
        + "budget (for training surrogates); or nothing", "queries,documents,budget");
    private static readonly Option<int> Queries = CliOption.Default("--queries", "N", "Queries of a scoring run", 100).AtLeast(1);
    private static readonly Option<int> ProbeTokens = CliOption.Default("--probe-tokens", "N",
        "Tokens of the corpus that are worked through to measure this machine; 0: no times", 8192);

    public static Command Build() => CommandExtensions.Verb("plan",
        "Says what distilling, indexing and scoring a corpus will need in memory, disk and time, and which access scenario they assume.",
        "tda plan --corpus mail --surrogate small", CorpusName, SurrogateName, Rank, Knows, Queries, ProbeTokens).Runs(Run);

    private static int Run(VerbContext context)
    {
        var scenario = AccessScenario.Of(AccessScenario.Parse(context.Get(Knows)));
        context.ConfigureEngine();
        var corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(CorpusName)));
        var defaults = new DistillOptions();
        var config = context.Get(SurrogateName) is { } name
            ? ModelConfigFile.Read(Path.Combine(Surrogate.Open(context.Home.SurrogateDirectory(name)).MemberDirectories[0], "config.json"))
            : DistillVerb.DefaultShape;
        var estimate = IndexEstimate.Of(config, corpus.Count, context.Get(Rank));
        var jobs = context.Get(SurrogateName) is { } surrogate
            ? Planner.Run(
                new PlanOptions
                {
                    Home = context.Home,
                    Corpus = corpus.Name,
                    Surrogate = surrogate,
                    Rank = context.Get(Rank),
                    Queries = context.Get(Queries),
                    Epochs = defaults.Training.Epochs,
                    ProbeTokens = context.Get(ProbeTokens),
                },
                context.Progress, context.Cancel)
            : null;
        var training = MemoryEstimate.Training(config, defaults.Training.BatchTokens, config.MaxPositions);
        var plan = new
        {
            Corpus = corpus.Name,
            Documents = corpus.Count,
            Parameters = config.ParameterCount,
            TrainingBytes = training.Total,
            FactorBytes = estimate.FactorBytes,
            LograBytesPerRow = estimate.LograBytesPerRow,
            LograBytes = estimate.LograBytes,
            Scenario = scenario.Name,
            Assumes = scenario.Meaning,
            jobs?.Rows,
            jobs?.Tokens,
            jobs?.Jobs,
            jobs?.Throughput,
        };
        return context.Done(plan, console =>
        {
            console.WriteLine($"{plan.Corpus}: {plan.Documents:N0} documents; surrogate of {plan.Parameters:N0} parameters "
                + $"({config.Family}, {config.Layers} × {config.HiddenSize})");
            if (jobs is not null)
            {
                PrintJobs(console, jobs);
            }
            else
            {
                console.WriteLine($"distil       {PlainText.Size(plan.TrainingBytes)} of memory beside the runtime");
                console.WriteLine($"EK-FAC       {PlainText.Size(plan.FactorBytes)} on disk, twice that in memory while fitting; scores are "
                    + $"computed by one more pass over the corpus");
                console.WriteLine($"LoGra        {PlainText.Size(plan.LograBytesPerRow)} a row, {PlainText.Size(plan.LograBytes)} for one row a document "
                    + $"(float32; half with float16)");
                console.WriteLine("--surrogate S, once it is distilled, counts the corpus's tokens and tells times");
            }
            console.WriteLine($"scenario     {plan.Scenario}: {plan.Assumes}");
        });
    }

    private static void PrintJobs(IAnsiConsole console, Plan plan)
    {
        console.WriteLine($"{plan.Rows:N0} rows, {plan.Tokens:N0} tokens, counted; {(plan.Throughput is null ? "no times without a probe" : "times by a short probe of this machine as it is now")}");
        console.WriteTable(["job", "disk", "memory", "time"], plan.Jobs.Select(job => (string[])
            [job.Job, PlainText.Size(job.DiskBytes), PlainText.Size(job.MemoryBytes), job.Seconds is { } s ? PlainText.Time(s) : "-"]));
    }
}
