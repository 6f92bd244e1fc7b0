using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Corpora;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Indexing;

namespace Tda.Cli.Verbs;

/// <summary>`tda plan`: what a job will need, before it is started.</summary>
internal static class PlanVerb
{
    private static readonly Option<string> CorpusName = new("--corpus") { Description = "Candidate corpus", Required = true, HelpName = "C" };
    private static readonly Option<string?> SurrogateName = new("--surrogate") { Description = "Surrogate; without it, the shape that `tda distill` makes by default", HelpName = "S" };
    private static readonly Option<int> Rank = new("--rank") { Description = "LoGra: rank per side", HelpName = "R", DefaultValueFactory = _ => 16 };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("plan",
        "Says what distilling and indexing a corpus will need in memory and disk, and which access scenario they assume.",
        "tda plan --corpus mail --surrogate small", CorpusName, SurrogateName, Rank).Runs(Run);

    private static Task<int> Run(VerbContext context)
    {
        Corpus corpus = Corpus.Open(context.Home.CorpusDirectory(context.Get(CorpusName)));
        var defaults = new DistillOptions();
        ModelConfig config = context.Get(SurrogateName) is { } name
            ? ModelConfigFile.Read(Path.Combine(Surrogate.Open(context.Home.SurrogateDirectory(name)).MemberDirectories[0], "config.json"))
            : DistillVerb.DefaultShape;
        IndexEstimate estimate = IndexEstimate.Of(config, corpus.Count, context.Get(Rank));
        MemoryEstimate training = MemoryEstimate.Training(config, defaults.Training.BatchTokens, config.MaxPositions);
        var plan = new
        {
            Corpus = corpus.Name,
            Documents = corpus.Count,
            Parameters = config.ParameterCount,
            TrainingBytes = training.Total,
            FactorBytes = estimate.FactorBytes,
            LograBytesPerRow = estimate.LograBytesPerRow,
            LograBytes = estimate.LograBytes,
            Scenario = "S3",
        };
        return Task.FromResult(context.Done(plan, console =>
        {
            console.WriteLine($"{plan.Corpus}: {plan.Documents:N0} documents; surrogate of {plan.Parameters:N0} parameters ({config.Family}, {config.Layers} × {config.HiddenSize})");
            console.WriteLine($"distil       {Size(plan.TrainingBytes)} of memory beside the runtime");
            console.WriteLine($"EK-FAC       {Size(plan.FactorBytes)} on disk, twice that in memory while fitting; scores are computed by one more pass over the corpus");
            console.WriteLine($"LoGra        {Size(plan.LograBytesPerRow)} a row, {Size(plan.LograBytes)} for one row a document (float32; half with float16)");
            console.WriteLine("scenario     S3: the closed model's architecture is unknown, only its answers and the candidate corpus are seen");
        }));
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture,
        $"{(bytes >= 1 << 30 ? bytes / (double)(1 << 30) : bytes >= 1 << 20 ? bytes / (double)(1 << 20) : bytes / 1024.0):N1} {(bytes >= 1 << 30 ? "GiB" : bytes >= 1 << 20 ? "MiB" : "KiB")}");
}
