using Tda.GatewayHost.Verbs.Exchanges;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Projected;
using Tda.Store;

namespace Tda.Cli.Verbs;

/// <summary>`tda attribute`.</summary>
internal static class AttributeVerb
{
    private static readonly Option<string?> Index = CliOption.Text("--index", "I", "Index");
    private static readonly Option<string?> Queries = CliOption.Text("--queries", "FILE.jsonl",
        "Queries: a JSON object a line with id, prompt, completion and optionally label and span, [start, end] in "
        + "characters of the completion; or a file of `tda exchanges export`");
    private static readonly Option<string?> ExchangeId = CliOption.Text("--exchange", "ID", "The query is this logged answer; the id's beginning is enough");
    private static readonly Option<string?> Exchanges = CliOption.Text("--exchanges", "FILTER",
        $"The queries are the logged answers that match: {FilterText.Summary}");
    private static readonly Option<string?> HarmLabel = LogQueries.HarmLabelOption(
        "The queries are the logged answers with a label of tda label, such as toxic>=.5");
    private static readonly Option<int> MaxQueries = LogQueries.MostOption();
    private static readonly Option<string?> Method = CliOption.Text("--method", "M",
        $"One of {string.Join(", ", AttributionMethods.Names)}; default the index's own. --methods explains them");
    private static readonly Option<bool> Methods = CliOption.Flag("--methods",
        "List the methods: when to take which, cost, how well each predicted retraining; do nothing else");
    private static readonly Option<bool> Tokens = CliOption.Flag("--tokens", "Score the tokens of the ranked documents too");
    private static readonly Option<bool> Layers = CliOption.Flag("--layers",
        "Write scores by layer too (scores.layers.npy); their sum is the score");
    private static readonly Option<bool> Aggregate = CliOption.Flag("--aggregate", "Explain the queries' mean instead of each");
    private static readonly Option<bool> ByLabel = CliOption.Flag("--by-label", "Explain the mean of each label's queries");
    private static readonly Option<string[]> Contrast = new("--contrast")
    {
        Description = "Explain the mean of label A's queries less that of label B's",
        HelpName = "A B",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string?> Words = CliOption.Text("--words", "TEXT",
        "Explain these words of the answers alone: only their tokens carry loss");
    private static readonly Option<int?> Ensemble = new("--ensemble")
    {
        Description = "Average the scores of E models of the surrogate's ensemble; without a number, of all",
        HelpName = "E",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0)
            {
                return 0;
            }

            if (int.TryParse(result.Tokens[0].Value, out var count) && count > 0)
            {
                return count;
            }

            result.AddError($"--ensemble must be a number of at least 1, not {result.Tokens[0].Value}");
            return null;
        },
    };
    private static readonly Option<Normalisation?> Normal =
        EnumOption.Of<Normalisation>("--normalisation", "What a document's own size may do to its score", null);
    private static readonly Option<double> Damping = CliOption.Default("--damping", "F",
        "λ of a module as a multiple of its mean eigenvalue", .1);
    private static readonly Option<int> QueryRank = CliOption.Default("--query-rank", "R",
        "Keep this many factors of every query's preconditioned gradient, so that many queries fit in memory; 0 keeps all", 0);
    private static readonly Option<string?> Prefilter = CliOption.Text("--prefilter", "bm25:N",
        "Score only the N documents nearest in words to each query; those without a word of it are missed");
    private static readonly Option<string> FuseWith = CliOption.Default("--fuse-with", "M",
        "Method that `fused` fuses with BM25; or all that it fuses, comma between them, such as ngram,ekfac", new FusionOptions().Parts[^1]);
    private static readonly Option<FusionRule?> Fusion = EnumOption.Of<FusionRule>("--fusion",
        "`fused`: reciprocal ranks, or standardised scores, summed", new FusionOptions().Rule);
    private static readonly Option<double> FuseK = CliOption.Default("--fuse-k", "K", "k of reciprocal-rank fusion", new FusionOptions().K);
    private static readonly Option<int> NgramOrder = CliOption.Default("--ngram-order", "N",
        "`ngram`: tokens of the longest n-gram, 1 to 5", new NgramOptions().Order).Within(1, 5);
    private static readonly Option<string?> NgramTokenizer = CliOption.Text("--ngram-tokenizer", "NAME|FILE",
        $"`ngram`: count the tokens of another tokenizer than the surrogate's: {string.Join(", ", PublicTokenizer.Names)}, or a tokenizer.json");
    private static readonly Option<TrakProjection?> Projection = EnumOption.Of<TrakProjection>("--projection",
        "`trak`: random signs, or the gradients themselves by their inner products, for few documents", new ProjectedOptions().TrakProjection);
    private static readonly Option<string?> Factors = CliOption.Text("--factors", "I",
        "--method cascade: an EK-FAC index of the same surrogate, for the last stage; default fitted anew");
    private static readonly Option<int> LexicalKeep = CliOption.Default("--lexical-keep", "N",
        "--method cascade: documents that BM25 passes on, per query", new CascadeOptions().LexicalKeep);
    private static readonly Option<int> IndexKeep = CliOption.Default("--index-keep", "N",
        "--method cascade: documents that the index passes on, per query", new CascadeOptions().IndexKeep);
    private static readonly Option<string> Final = CliOption.Default("--final", "M",
        "--method cascade: the last stage, a method that computes gradients anew", new CascadeOptions().Final);
    private static readonly Option<int> RecallSample = CliOption.Default("--recall-sample", "N",
        "--method cascade: documents left out by the index that the last stage scores too, to estimate the recall; 0: "
        + "recall unknown", new CascadeOptions().Sample);
    private static readonly Option<string?> Banks = CliOption.Text("--bank", "A,B",
        "--method datamodel: banks of retrainings of tda datamodel train, comma between them");
    private static readonly DatamodelSwitches Fitting = new("--method datamodel");
    private static readonly Option<string?> Groups = CliOption.Text("--groups", "source|length|FILE.jsonl",
        "--method datamodel: groups of documents that share a part of their effects; a file has id and group a line");
    private static readonly ReplaySwitches Replaying = new();
    private static readonly Option<double> MinFidelity = CliOption.Default("--min-fidelity", "F",
        "Least fidelity, 1 − surrogate's loss / word frequencies' loss, of an answer that is explained", 0.0);
    private static readonly Option<bool> Force = CliOption.Flag("--force", "Explain answers below that too, and mark them");
    private static readonly Option<bool> RefuseStale = CliOption.Flag("--refuse-stale", "Refuse a surrogate that tda drift found stale, instead of warning of it");
    private static readonly Option<string?> CalibrationFile = CliOption.Text("--calibration", "FILE",
        "Map predicted to measured changes by this file");
    private static readonly Option<bool> NoChecks = CliOption.Flag("--no-checks",
        "Don't check how far the order can be trusted, which takes passes over some hundred documents more");
    private static readonly Option<int> Top = CliOption.Default("--top", "N", "Documents in the ranking, per query", 100).AtLeast(1);
    private static readonly Option<string?> Run = CliOption.Text("--run", "ID", "Id of the run; default is made from the clock");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace what has this name");

    public static Command Build() => CommandExtensions.Verb("attribute",
        "Ranks the documents behind answers. Positive scores are proponents: training on the document made the answer more likely. "
        + "Abstains from answers that the surrogate doesn't predict. Goes on where a stopped run left off.",
        "tda attribute --index mail-small --queries queries.jsonl --tokens",
        Index, Queries, ExchangeId, Exchanges, HarmLabel, MaxQueries, Method, Methods, Tokens, Layers, Aggregate, ByLabel, Contrast, Words, Ensemble, Normal, Damping, QueryRank, Prefilter,
        FuseWith, Fusion, FuseK, NgramOrder, NgramTokenizer, Projection, Factors, LexicalKeep, IndexKeep, Final, RecallSample, Replaying.Tolerance, Replaying.Memory, Banks, Fitting.Priors, Fitting.Fit, Groups, MinFidelity, Force, RefuseStale, CalibrationFile, NoChecks, Top, Run, Replace, JobCost.Yes).Runs(RunAsync).Resumes()
        .Grouped("What is explained", Queries, ExchangeId, Exchanges, HarmLabel, MaxQueries, Aggregate, ByLabel, Contrast, Words)
        .Grouped("How it is scored", Method, Methods, Normal, Damping, Ensemble, Prefilter, QueryRank, MinFidelity, Force, RefuseStale, CalibrationFile, NoChecks)
        .Grouped("Methods' own options", FuseWith, Fusion, FuseK, NgramOrder, NgramTokenizer, Projection, Factors, LexicalKeep, IndexKeep, Final, RecallSample, Replaying.Tolerance, Replaying.Memory, Banks, Fitting.Priors, Fitting.Fit, Groups);

    private static async Task<int> RunAsync(VerbContext context)
    {
        if (context.Get(Methods))
        {
            return MethodTable.Print(context);
        }

        context.ConfigureEngine();
        var index = context.Get(Index) ?? throw new UsageException("give --index I");
        var queries = await QueriesAsync(context);
        if (context.Get(Words) is { } words)
        {
            var holding = QueryWords.Select(queries, words);
            if (holding.Count < queries.Count)
            {
                context.Progress.Message($"{queries.Count - holding.Count:N0} of {queries.Count:N0} completions don't hold the words "
                    + $"'{words}' and are left out.");
            }

            queries = holding;
        }

        var run = RankingTable.RunId(context, Run, Replace);
        await JobCost.AnnounceScoringAsync(context, index, context.Get(Method), "score ekfac", queries.Count, context.Get(Top));

        var result = Attributor.Run(
            new AttributeOptions
            {
                Home = context.Home,
                Index = index,
                Queries = queries,
                Run = run,
                CommandLine = context.CommandLine,
                Method = context.Get(Method),
                Aggregate = context.Get(Aggregate),
                ByLabel = context.Get(ByLabel),
                Contrast = context.Get(Contrast) is [var first, var second] ? (first, second) : null,
                Ensemble = context.Get(Ensemble),
                Prefilter = context.Get(Prefilter) is { } filter ? PrefilterOptions.Parse(filter) : null,
                MinFidelity = context.Get(MinFidelity),
                Force = context.Get(Force),
                RefuseStale = context.Get(RefuseStale),
                Calibration = context.Get(CalibrationFile) is { } file ? Calibration.Read(file) : null,
                Normalisation = context.Get(Normal),
                Options = new MethodOptions
                {
                    DampingFactor = context.Get(Damping),
                    QueryRank = context.Get(QueryRank),
                    Replay = await Replaying.ReadAsync(context, index, context.Get(Method)),
                    Fusion = new FusionOptions { Parts = FusionOptions.ReadParts(context.Get(FuseWith)), Rule = context.Get(Fusion) ?? default, K = context.Get(FuseK) },
                    Ngram = new NgramOptions { Order = context.Get(NgramOrder), Tokenizer = context.Get(NgramTokenizer) },
                    Projected = new ProjectedOptions { TrakProjection = context.Get(Projection) ?? default },
                    Cascade = new CascadeOptions { Factors = context.Get(Factors), LexicalKeep = context.Get(LexicalKeep), IndexKeep = context.Get(IndexKeep), Final = context.Get(Final), Sample = context.Get(RecallSample) },
                    Datamodel = Fitting.Read(context) with { Banks = CommaList.Of(context.Get(Banks)), Groups = context.Get(Groups) },
                },
                Tokens = context.Get(Tokens),
                Layers = context.Get(Layers),
                Checks = !context.Get(NoChecks),
                Top = context.Get(Top),
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        return context.Done(result, console => RankingTable.Print(console, result));
    }

    private static async Task<IReadOnlyList<Query>> QueriesAsync(VerbContext context)
    {
        var (file, id, filter, label) = (context.Get(Queries), context.Get(ExchangeId), context.Get(Exchanges), context.Get(HarmLabel));
        if (new[] { file, id, filter, label }.Count(given => given is not null) != 1)
        {
            throw new UsageException("Name the answers to explain in one way: --queries FILE.jsonl, --exchange ID, --exchanges FILTER, or --harm-label L>=V");
        }

        if (file is not null)
        {
            return QueryFile.Read(file, context.Progress, "--exchanges FILTER");
        }

        if (filter is not null)
        {
            return await LogQueries.ReadAsync(context, "--exchanges", filter, context.Get(MaxQueries));
        }

        if (label is not null)
        {
            return await LogQueries.ReadAsync(context, HarmLabel.Name, LogQueries.FilterOf(label, isComplement: false), context.Get(MaxQueries));
        }

        await using var store = await context.OpenStoreAsync();
        var exchange = await ExchangeLookup.FindAsync(store, id!, context.Cancel);
        return QueryFile.OfExchange(exchange.Id, exchange.Prompt, exchange.Response, exchange.Messages) is { } query
            ? [query]
            : throw new BadInputException(store.Location, $"exchange {exchange.Id} has no parsed prompt and response, so there is nothing to explain");
    }
}
