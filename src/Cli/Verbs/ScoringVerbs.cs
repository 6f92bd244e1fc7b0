using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Queries;
using Tda.Curation.Runs;
using Tda.Curation.Selection;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Attribution;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Projection;

namespace Tda.Cli.Verbs;

/// <summary>`tda index`, `tda guide`.</summary>
internal static class ScoringVerbs
{
    private const int QueriesShown = 5;

    private static readonly Option<string> Surrogate = new("--surrogate") { Description = "Surrogate", Required = true, HelpName = "S" };
    private static readonly Option<string> CorpusName = new("--corpus") { Description = "Candidate corpus", Required = true, HelpName = "C" };
    private static readonly Option<string> IndexName = new("--name") { Description = "The index's name", Required = true, HelpName = "I" };
    private static readonly Option<IndexMethod?> Kind = EnumOption.Of<IndexMethod>("--method", "What the index is for", IndexMethod.Ekfac);
    private static readonly Option<int> Rank = new("--rank") { Description = "LoGra: rank per side", HelpName = "R", DefaultValueFactory = _ => 16 };
    private static readonly Option<ProjectionKind?> Projection = EnumOption.Of<ProjectionKind>("--projection", "LoGra: kind of projection", ProjectionKind.Random);
    private static readonly Option<StorageType?> Storage = EnumOption.Of<StorageType>("--storage", "LoGra: how projected gradients are kept", StorageType.Float32);
    private static readonly Option<int> FactorRank = new("--factor-rank") { Description = "--storage lorif: factors kept of each row and layer", HelpName = "C", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> CurvatureRank = new("--curvature-rank") { Description = "--storage lorif: directions kept of each layer's curvature", HelpName = "R", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> ShardDocuments = new("--shard-documents") { Description = "Documents a shard: what a killed run loses at most", HelpName = "N", DefaultValueFactory = _ => 4096 };
    private static readonly Option<int> CovarianceTokens = new("--covariance-tokens") { Description = "EK-FAC: covariances over a sample of documents with this many tokens for each column of the widest; 0: all", DefaultValueFactory = _ => IndexOptions.DefaultCovarianceTokens, HelpName = "N" };
    private static readonly Option<int> Kept = new("--kept-mib") { Description = "EK-FAC: memory for batches that the second pass would capture again, in MiB; 0: none", DefaultValueFactory = _ => IndexOptions.DefaultKeptMebibytes, HelpName = "MIB" };
    private static readonly Option<double> Share = new("--fit-share") { Description = "EK-FAC: share of documents the factors are fitted on", DefaultValueFactory = _ => 1, HelpName = "S" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of sampled labels and projections", HelpName = "N" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Replace what has this name" };

    private static readonly Option<string> Index = new("--index") { Description = "Index", Required = true, HelpName = "I" };
    private static readonly Option<double> Damping = new("--damping") { Description = "λ of a module as a multiple of its mean eigenvalue", DefaultValueFactory = _ => .1, HelpName = "F" };
    private static readonly Option<string?> Run = new("--run") { Description = "Id of the run; default is made from the clock", HelpName = "ID" };

    private static readonly Option<string?> TokenMethod = new("--method") { Description = "A method that scores tokens: ekfac or grad-dot; default the index's own", HelpName = "M" };
    private static readonly Option<string> Harm = new("--harm") { Description = "Queries whose completions are harmful", Required = true, HelpName = "FILE.jsonl" };
    private static readonly Option<string?> Safe = new("--safe") { Description = "Queries whose completions are as they should be", HelpName = "FILE.jsonl" };
    private static readonly Option<double> Quantile = new("--quantile") { Description = "Quantile of token scores above which a token may be masked", DefaultValueFactory = _ => .99, HelpName = "Q" };
    private static readonly Option<int> Window = new("--window") { Description = "Tokens masked on each side of one above the quantile", DefaultValueFactory = _ => 1, HelpName = "N" };
    private static readonly Option<double> Budget = new("--budget") { Description = "Most of the corpus's tokens to mask, as a share", DefaultValueFactory = _ => .02, HelpName = "B" };

    /// <summary>Builds `tda index`.</summary>
    public static Command BuildIndex()
    {
        var index = BuildMake();
        foreach (var change in IndexVerbs.Build())
        {
            index.Subcommands.Add(change);
        }

        return index;
    }

    private static Command BuildMake() => CommandExtensions.Verb("index",
        "Makes an index of a corpus under a surrogate: EK-FAC factors, or LoGra's projected gradients. Goes on where a stopped run left off.",
        "tda index --surrogate small --corpus mail --name mail-small --method logra --rank 16",
        Surrogate, CorpusName, IndexName, Kind, Rank, Projection, Storage, FactorRank, CurvatureRank, ShardDocuments, Share, CovarianceTokens, Kept, Seed, Replace).Runs(MakeIndex).Resumes();

    /// <summary>Builds `tda guide`.</summary>
    public static Command BuildGuide() => CommandExtensions.Verb("guide",
        "IF-Guide: scores every token for harmful less safe answers, and selects the token mask.",
        "tda guide --index mail-small --harm harm.jsonl --safe safe.jsonl --budget .02 --run guide-1",
        Index, Harm, Safe, TokenMethod, Damping, Quantile, Window, Budget, Run, Replace).Runs(GuideRun);

    private static Task<int> MakeIndex(VerbContext context)
    {
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        var result = Indexer.Run(
            new IndexOptions
            {
                Home = context.Home,
                Surrogate = context.Get(Surrogate),
                Corpus = context.Get(CorpusName),
                Name = context.Get(IndexName),
                Method = context.Get(Kind)!.Value,
                Rank = context.Get(Rank),
                Projection = context.Get(Projection)!.Value,
                Storage = context.Get(Storage)!.Value,
                FactorRank = context.Get(FactorRank),
                CurvatureRank = context.Get(CurvatureRank),
                ShardDocuments = context.Get(ShardDocuments),
                FitShare = context.Get(Share),
                CovarianceTokens = context.Get(CovarianceTokens),
                KeptMebibytes = context.Get(Kept),
                Seed = context.Get(Seed),
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        return Task.FromResult(context.Done(result, console =>
        {
            console.WriteLine($"{result.Directory}: {result.Documents:N0} documents, {result.Rows:N0} rows, {result.Tokens:N0} tokens, {result.Excluded:N0} set apart");
            foreach (var note in result.Notes)
            {
                console.WriteLine(note);
            }
        }));
    }

    private static Task<int> GuideRun(VerbContext context)
    {
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        var result = Guide.Run(
            new GuideOptions
            {
                Home = context.Home,
                Index = context.Get(Index),
                Harm = QueryFile.Read(context.Get(Harm)),
                Safe = context.Get(Safe) is { } safe ? QueryFile.Read(safe) : [],
                Run = RunId(context.Get(Run)),
                Method = context.Get(TokenMethod),
                Options = new MethodOptions { DampingFactor = context.Get(Damping) },
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        var mask = RunMask.Run(result.Directory,
            new MaskOptions { Quantile = context.Get(Quantile), Window = context.Get(Window), Budget = context.Get(Budget) });
        var shown = new { result.Directory, result.Method, result.Documents, result.Excluded, mask.Tau, mask.MaskedTokens, mask.MaskedShare, MaskedDocuments = mask.Documents.Count };
        return Task.FromResult(context.Done(shown, console =>
        {
            PrintRanking(console, result);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mask: {mask.MaskedTokens:N0} tokens ({100 * mask.MaskedShare:F2} %) in {mask.Documents.Count:N0} documents, τ = {mask.Tau:G4} nats × N"));
        }));
    }

    /// <summary>The run asked for, or one named by the clock.</summary>
    internal static string RunId(string? asked) =>
        asked ?? string.Create(CultureInfo.InvariantCulture, $"run-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}");

    /// <summary>Prints the strongest documents of a run.</summary>
    internal static void PrintRanking(IAnsiConsole console, AttributionResult result)
    {
        // Of many queries the first few, each with its strongest documents.
        string?[] queries = [.. result.Top.Select(d => d.Query).Distinct()];
        var documents = queries.Length > 1 ? 3 : 10;
        string[] columns =
        [
            .. queries.Length > 1 ? ["query"] : Array.Empty<string>(), "rank", "document", "source", "score", "share",
            .. result.Members > 1 ? ["95 % interval"] : Array.Empty<string>(), .. result.Top.Any(d => d.Calibrated is not null) ? ["nats if removed"] : Array.Empty<string>(),
        ];
        var table = new Table().Border(TableBorder.Simple).AddColumns(columns);
        foreach (var score in queries.Take(QueriesShown).SelectMany(q => result.Top.Where(d => d.Query == q).Take(documents)))
        {
            List<Text> cells = queries.Length > 1 ? [new Text(score.Query ?? "")] : [];
            cells.AddRange([new($"{score.Rank}"), new(score.Id), new(score.Source), new(Number(score.Score)), new(score.Share.ToString("P1", CultureInfo.InvariantCulture))]);
            if (score.Interval is { } interval)
            {
                cells.Add(new Text($"{Number(interval.Low)} … {Number(interval.High)}"));
            }

            if (score.Calibrated is { } change)
            {
                cells.Add(new Text($"{Number(change.Nats)} ({Number(change.Interval.Low)} … {Number(change.Interval.High)})"));
            }

            table.AddRow(cells);
        }
        if (result.Top.Count > 0)
        {
            console.Write(table);
        }

        if (queries.Length > QueriesShown)
        {
            console.WriteLine($"and {queries.Length - QueriesShown:N0} more queries in top.jsonl");
        }

        if (result.Abstained > 0)
        {
            console.WriteLine($"abstained from {result.Abstained:N0} of {result.Queries.Count:N0}: the surrogate doesn't predict {(result.Abstained == 1 ? "this answer" : "these answers")} well enough to explain {(result.Abstained == 1 ? "it" : "them")} (queries.jsonl; --force scores all the same)");
        }

        if (result.LeftOut > 0)
        {
            console.WriteLine($"{result.LeftOut:N0} documents were left out by the prefilter");
        }

        for (var member = 0; member < result.Stages.Count; member++)
        {
            var whose = result.Stages.Count > 1 ? $"member {member}: " : "";
            foreach ((var stage, var next) in result.Stages[member].Zip(result.Stages[member].Skip(1).Append(null)))
            {
                console.WriteLine(whose + stage.Text(next));
            }
        }
        var unit = result.Documents == 0 ? "" : result.HasUnit ? $"; score / {result.N:N0} ≈ nats if removed" : "; scores have no unit";
        console.WriteLine($"{result.Directory}: {result.Method}{(result.Members > 1 ? $" (mean of {result.Members} models)" : "")}, {result.Documents:N0} documents scored, {result.Excluded:N0} set apart{unit}");
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
