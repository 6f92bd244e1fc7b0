using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.Core.Errors;
using Tda.Core.Exchanges;
using Tda.Core.Queries;
using Tda.Core.Scores;
using Tda.Core.Store;
using Tda.Curation.Runs;
using Tda.Curation.Selection;
using Tda.Scoring.Attribution;
using Tda.Scoring.Cascade;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Projection;
using Tda.Torch;

namespace Tda.Cli.Verbs;

/// <summary>`tda index`, `tda attribute`, `tda guide`.</summary>
internal static class ScoringVerbs
{
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
    private static readonly Option<double> Share = new("--fit-share") { Description = "EK-FAC: share of documents the factors are fitted on", DefaultValueFactory = _ => 1, HelpName = "S" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of sampled labels and projections", HelpName = "N" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Replace what has this name" };

    private static readonly Option<string> Index = new("--index") { Description = "Index", Required = true, HelpName = "I" };
    private static readonly Option<string?> Queries = new("--queries") { Description = "Queries: a JSON object a line with id, prompt, completion", HelpName = "FILE.jsonl" };
    private static readonly Option<string?> ExchangeId = new("--exchange") { Description = "The query is this logged answer", HelpName = "ID" };
    private static readonly Option<string?> Method = new("--method") { Description = $"One of {string.Join(", ", AttributionMethods.Names)}; default the index's own", HelpName = "M" };
    private static readonly Option<bool> Tokens = new("--tokens") { Description = "Score the tokens of the ranked documents too" };
    private static readonly Option<bool> Aggregate = new("--aggregate") { Description = "Explain the queries' mean instead of each" };
    private static readonly Option<Normalisation?> Normal =
        EnumOption.Of<Normalisation>("--normalisation", "What a document's own size may do to its score", null);
    private static readonly Option<double> Damping = new("--damping") { Description = "λ of a module as a multiple of its mean eigenvalue", DefaultValueFactory = _ => .1, HelpName = "F" };
    private static readonly Option<string?> Factors = new("--factors") { Description = "--method cascade: an EK-FAC index of the same surrogate, for the last stage; default fitted anew", HelpName = "I" };
    private static readonly Option<int> LexicalKeep = new("--lexical-keep") { Description = "--method cascade: documents that BM25 passes on, per query", DefaultValueFactory = _ => 5_000, HelpName = "N" };
    private static readonly Option<int> IndexKeep = new("--index-keep") { Description = "--method cascade: documents that the index passes on, per query", DefaultValueFactory = _ => 200, HelpName = "N" };
    private static readonly Option<int> Top = new("--top") { Description = "Documents in the ranking, per query", DefaultValueFactory = _ => 100, HelpName = "N" };
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
        Command index = BuildMake();
        foreach (Command change in IndexVerbs.Build())
            index.Subcommands.Add(change);
        return index;
    }

    private static Command BuildMake() => CommandExtensions.Verb("index",
        "Makes an index of a corpus under a surrogate: EK-FAC factors, or LoGra's projected gradients. Goes on where a stopped run left off.",
        "tda index --surrogate small --corpus mail --name mail-small --method logra --rank 16",
        Surrogate, CorpusName, IndexName, Kind, Rank, Projection, Storage, FactorRank, CurvatureRank, ShardDocuments, Share, Seed, Replace).Runs(MakeIndex);

    /// <summary>Builds `tda attribute`.</summary>
    public static Command BuildAttribute() => CommandExtensions.Verb("attribute",
        "Ranks the documents behind answers. Positive scores are proponents: training on the document made the answer more likely.",
        "tda attribute --index mail-small --queries queries.jsonl --tokens",
        Index, Queries, ExchangeId, Method, Tokens, Aggregate, Normal, Damping, Factors, LexicalKeep, IndexKeep, Top, Run, Replace).Runs(AttributeAsync);

    /// <summary>Builds `tda guide`.</summary>
    public static Command BuildGuide() => CommandExtensions.Verb("guide",
        "IF-Guide: scores every token for harmful less safe answers, and selects the token mask.",
        "tda guide --index mail-small --harm harm.jsonl --safe safe.jsonl --budget .02 --run guide-1",
        Index, Harm, Safe, TokenMethod, Damping, Quantile, Window, Budget, Run, Replace).Runs(GuideRun);

    private static Task<int> MakeIndex(VerbContext context)
    {
        Engine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        IndexResult result = Indexer.Run(
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
                Seed = context.Get(Seed),
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        return Task.FromResult(context.Done(result, console =>
        {
            console.WriteLine($"{result.Directory}: {result.Documents:N0} documents, {result.Rows:N0} rows, {result.Tokens:N0} tokens, {result.Excluded:N0} set apart");
            foreach (string note in result.Notes)
                console.WriteLine(note);
        }));
    }

    private static async Task<int> AttributeAsync(VerbContext context)
    {
        Engine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        AttributionResult result = Attributor.Run(
            new AttributeOptions
            {
                Home = context.Home,
                Index = context.Get(Index),
                Queries = await QueriesAsync(context),
                Run = RunId(context),
                Method = context.Get(Method),
                Aggregate = context.Get(Aggregate),
                Normalisation = context.Get(Normal),
                Options = new MethodOptions
                {
                    DampingFactor = context.Get(Damping),
                    Cascade = new CascadeOptions { Factors = context.Get(Factors), LexicalKeep = context.Get(LexicalKeep), IndexKeep = context.Get(IndexKeep) },
                },
                Tokens = context.Get(Tokens),
                Top = context.Get(Top),
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        return context.Done(result, console => PrintRanking(console, result));
    }

    private static Task<int> GuideRun(VerbContext context)
    {
        Engine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        AttributionResult result = Guide.Run(
            new GuideOptions
            {
                Home = context.Home,
                Index = context.Get(Index),
                Harm = QueryFile.Read(context.Get(Harm)),
                Safe = context.Get(Safe) is { } safe ? QueryFile.Read(safe) : [],
                Run = RunId(context),
                Method = context.Get(TokenMethod),
                Options = new MethodOptions { DampingFactor = context.Get(Damping) },
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        MaskResult mask = RunMask.Run(result.Directory,
            new MaskOptions { Quantile = context.Get(Quantile), Window = context.Get(Window), Budget = context.Get(Budget) });
        var shown = new { result.Directory, result.Method, result.Documents, result.Excluded, mask.Tau, mask.MaskedTokens, mask.MaskedShare, MaskedDocuments = mask.Documents.Count };
        return Task.FromResult(context.Done(shown, console =>
        {
            PrintRanking(console, result);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mask: {mask.MaskedTokens:N0} tokens ({100 * mask.MaskedShare:F2} %) in {mask.Documents.Count:N0} documents, τ = {mask.Tau:G4} nats × N"));
        }));
    }

    private static async Task<IReadOnlyList<Query>> QueriesAsync(VerbContext context)
    {
        (string? file, string? id) = (context.Get(Queries), context.Get(ExchangeId));
        if (file is null == id is null)
            throw new UsageException("give either --queries FILE.jsonl or --exchange ID");
        if (file is not null)
            return QueryFile.Read(file);
        await using IExchangeStore store = await context.OpenStoreAsync();
        Exchange exchange = await store.GetAsync(id!, context.Cancel)
            ?? throw new UsageException($"there is no exchange {id} in {store.Location}; `tda exchanges list` names them");
        if (exchange is not { Prompt: { } prompt, Response: { Length: > 0 } response })
            throw new BadInputException(store.Location, $"exchange {id} has no parsed prompt and response, so there is nothing to explain");
        return [new Query(exchange.Id, prompt, response)];
    }

    private static string RunId(VerbContext context) =>
        context.Get(Run) ?? string.Create(CultureInfo.InvariantCulture, $"run-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}");

    private static void PrintRanking(IAnsiConsole console, AttributionResult result)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("rank", "document", "source", "score", "share");
        foreach (DocumentScore score in result.Top.Take(10))
        {
            table.AddRow(new Text($"{score.Rank}"), new Text(score.Id), new Text(score.Source),
                new Text(score.Score.ToString("G4", CultureInfo.InvariantCulture)), new Text(score.Share.ToString("P1", CultureInfo.InvariantCulture)));
        }
        console.Write(table);
        console.WriteLine($"{result.Directory}: {result.Method}, {result.Documents:N0} documents scored, {result.Excluded:N0} set apart; score / {result.N:N0} ≈ nats if removed");
    }
}
