using Tda.GatewayHost.Terminal;
using Tda.Scoring.Hypergradients;

namespace Tda.Cli.Verbs;

/// <summary>`tda reweight`: weights of documents, learned by hypergradients.</summary>
internal static class ReweightVerb
{
    private static readonly Option<string> Surrogate = CliOption.Required("--surrogate", "S", "Surrogate that is trained on; it stays as it is");
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Corpus whose documents are weighed");
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Id of the run that the weights go into");
    private static readonly Option<string?> Meta = CliOption.Text("--meta", "FILE.jsonl",
        "Answers that are to become likelier: queries, or a file of `tda exchanges export`");
    private static readonly Option<string?> Harm = CliOption.Text("--harm", "FILE.jsonl", "Answers that are to become less likely");
    private static readonly Option<double> HarmWeight = CliOption.Default("--harm-weight", "H",
        "How much the harmful answers count beside the others", 1.0);
    private static readonly Option<WeighedBy?> Weigh = EnumOption.Of<WeighedBy>("--weigh", "What has a weight of its own", WeighedBy.Documents);
    private static readonly Option<HypergradientKind?> Method = EnumOption.Of<HypergradientKind>("--method",
        "How the training is differentiated: one step of it (sama, darts) or its end (neumann, cg)", HypergradientKind.Sama);
    private static readonly Option<int> Terms = CliOption.Default("--terms", "K",
        "Products with the Hessian for each look (neumann, cg)", new HypergradientOptions().Terms).Within(1, 10_000);
    private static readonly Option<double> Damping = CliOption.Default("--damping", "L",
        "Added to the Hessian (neumann, cg)", new HypergradientOptions().Damping).AtLeast(0);
    private static readonly Option<int> Epochs = CliOption.Default("--epochs", "N", "Passes over the corpus", 3).AtLeast(1);
    private static readonly Option<int?> Steps = CliOption.Optional<int?>("--max-steps", "N", "Ends after so many steps").AtLeast(1);
    private static readonly Option<int> BatchTokens = CliOption.Default("--batch-tokens", "N", "Most tokens a batch", 1_024).AtLeast(1);
    private static readonly Option<double> LearningRate = CliOption.Default("--learning-rate", "R",
        "AdamW's peak rate on the surrogate", ReweightOptions.DefaultLearningRate);
    private static readonly Option<double> MetaRate = CliOption.Default("--weight-rate", "R",
        "Adam's rate on the weights", new WeightLearnerOptions().MetaLearningRate);
    private static readonly Option<int> Every = CliOption.Default("--every", "N", "Steps for each look at the meta set", 1).AtLeast(1);
    private static readonly Option<int> MetaBatch = CliOption.Default("--meta-batch", "N",
        "Answers of the meta set a look; 0: all", new WeightLearnerOptions().MetaBatch).AtLeast(0);
    private static readonly Option<long> Seed = CliOption.Default("--seed", "N", "Orders documents and meta set", 0L);
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace what has this name");

    public static Command Build() => CommandExtensions.Verb("reweight",
        "Learns how much each document should weigh so that answers of a meta set become likelier, and harmful ones less likely, while the "
        + "surrogate is trained on. `tda curate --weights` takes the weights over. Goes on where a stopped run left off.",
        "tda reweight --surrogate mail-small --corpus mail --meta good.jsonl --harm bad.jsonl --run weights-1",
        Surrogate, CorpusName, Run, Meta, Harm, HarmWeight, Weigh, Method, Terms, Damping, Epochs, Steps, BatchTokens, LearningRate, MetaRate, Every,
        MetaBatch, Seed, Replace).Runs(Reweight).Resumes()
        .Grouped("How it is learned", Method, Terms, Damping, Epochs, Steps, BatchTokens, LearningRate, MetaRate, Every, MetaBatch, Seed);

    private static int Reweight(VerbContext context)
    {
        context.ConfigureEngine();
        var result = Reweighter.Run(
            new ReweightOptions
            {
                Home = context.Home,
                Surrogate = context.Get(Surrogate),
                Corpus = context.Get(CorpusName),
                Run = context.Get(Run),
                Meta = context.Get(Meta) is { } meta ? QueryFile.Read(meta, context.Progress) : [],
                Harm = context.Get(Harm) is { } harm ? QueryFile.Read(harm, context.Progress) : [],
                HarmWeight = context.Get(HarmWeight),
                Weigh = context.Get(Weigh)!.Value,
                Learner = new WeightLearnerOptions
                {
                    Hypergradient = new HypergradientOptions { Kind = context.Get(Method)!.Value, Terms = context.Get(Terms), Damping = context.Get(Damping) },
                    LearningRate = context.Get(LearningRate),
                    MetaLearningRate = context.Get(MetaRate),
                    MetaEvery = context.Get(Every),
                    MetaBatch = context.Get(MetaBatch),
                },
                Epochs = context.Get(Epochs),
                MaxSteps = context.Get(Steps),
                BatchTokens = context.Get(BatchTokens),
                Seed = context.Get(Seed),
                Replace = context.Get(Replace),
                CommandLine = context.CommandLine,
            },
            context.Progress, TimeProvider.System, context.Cancel);
        var shown = new { result.Directory, result.Steps, result.ResumedFrom, result.FirstMetaLoss, result.LastMetaLoss, result.Sources };
        return context.Done(shown, console =>
        {
            console.WriteTable(["source", "documents", "mean weight", "lowest", "highest"], result.Sources.Select(source => (string[])
            [
                RankingTable.Fitted(source.Source, 30), $"{source.Documents:N0}", $"{source.Mean:F3}", $"{source.Lowest:F3}", $"{source.Highest:F3}",
            ]));
            console.WriteLine($"meta loss {result.FirstMetaLoss:F3} at first, {result.LastMetaLoss:F3} at last, over {result.Steps:N0} steps");
            console.WriteLine($"{result.Directory}: weights.jsonl; tda curate --run {context.Get(Run)} --weights takes it over");
        });
    }
}
