using Tda.Curation.Selection;
using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;
using Tda.Store;

namespace Tda.Cli.Verbs;

/// <summary>`tda guide`: the token mask of IF-Guide.</summary>
internal static class GuideVerb
{
    private static readonly Option<string> Index = CliOption.Required("--index", "I", "Index");
    private static readonly Option<string?> Harm = CliOption.Text("--harm", "FILE.jsonl",
        "Queries whose completions are harmful, or a file of `tda exchanges export`");
    private static readonly Option<string?> Safe = CliOption.Text("--safe", "FILE.jsonl",
        "Queries whose completions are as they should be");
    private static readonly Option<string?> HarmExchanges = CliOption.Text("--harm-exchanges", "FILTER",
        $"Logged answers instead of --harm, such as label:harm>=.5. Conditions: {FilterText.Summary}");
    private static readonly Option<string?> SafeExchanges = CliOption.Text("--safe-exchanges", "FILTER",
        "Logged answers instead of --safe, such as label:harm<.5");
    private static readonly Option<string?> HarmLabel = LogQueries.HarmLabelOption(
        "Logged answers instead of files, by a label of tda label, such as toxic>=.5; the safe ones are those whose label says otherwise, unless they are named");
    private static readonly Option<int> MaxQueries = LogQueries.MostOption();
    private static readonly Option<string?> TokenMethod = CliOption.Text("--method", "M",
        $"A method that scores tokens: {string.Join(", ", AttributionMethods.All.Where(method => method.Tokens).Select(method => method.Name))}; default the index's own");
    private static readonly Option<double> Damping = CliOption.Default("--damping", "F",
        "λ of a module as a multiple of its mean eigenvalue", .1);
    private static readonly Option<TokenDefinition?> Tokens = EnumOption.Of<TokenDefinition>("--token-score",
        "What a token's score is: its position's share of the document's gradient, or the gradient of its own loss, at twice the time",
        TokenDefinition.Loss);
    private static readonly ReplaySwitches Replaying = new();
    private static readonly Option<double> Quantile = CliOption.Default("--quantile", "Q",
        "Quantile of token scores above which a token may be masked", .99).Within(0, 1);
    private static readonly Option<int> Window = CliOption.Default("--window", "N",
        "Tokens masked on each side of one above the quantile", 1).AtLeast(0);
    private static readonly Option<double> Budget = CliOption.Default("--budget", "B",
        "Most of the corpus's tokens to mask, as a share", .02).Within(0, 1);
    private static readonly Option<bool> RefuseStale = CliOption.Flag("--refuse-stale", "Refuse a surrogate that tda drift found stale, instead of warning of it");
    private static readonly Option<string?> Run = CliOption.Text("--run", "ID", "Id of the run; default is made from the clock");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace what has this name");

    public static Command Build()
    {
        var command = CommandExtensions.Verb("guide",
            "IF-Guide: scores every token for harmful less safe answers, and selects the token mask. Goes on where a stopped run left off.",
            "tda guide --index mail-small --harm-label 'harm>=.5' --run guide-1",
            Index, Harm, HarmExchanges, HarmLabel, Safe, SafeExchanges, MaxQueries, TokenMethod, Damping, Tokens, Replaying.Tolerance, Replaying.Memory, Quantile, Window, Budget, RefuseStale, Run, Replace, JobCost.Yes).Runs(RunAsync).Resumes();
        command.Validators.Add(parsed =>
        {
            if (((Option[])[Harm, HarmExchanges, HarmLabel]).Count(option => parsed.GetResult(option) is not null) != 1)
            {
                parsed.AddError("Name the harmful answers in one way: --harm FILE.jsonl, --harm-exchanges FILTER or --harm-label L>=V");
            }

            if (parsed.GetResult(Safe) is not null && parsed.GetResult(SafeExchanges) is not null)
            {
                parsed.AddError("Name the safe answers in one way: --safe FILE.jsonl or --safe-exchanges FILTER");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var run = RankingTable.RunId(context, Run, Replace);
        await JobCost.AnnounceScoringAsync(context, context.Get(Index), context.Get(TokenMethod), "guide ekfac", queries: 1);
        var result = Guide.Run(
            new GuideOptions
            {
                Home = context.Home,
                Index = context.Get(Index),
                Harm = await QueriesAsync(context, Harm, HarmExchanges, isComplement: false),
                Safe = await QueriesAsync(context, Safe, SafeExchanges, isComplement: true),
                RefuseStale = context.Get(RefuseStale),
                Run = run,
                CommandLine = context.CommandLine,
                Method = context.Get(TokenMethod),
                Options = new MethodOptions
                {
                    DampingFactor = context.Get(Damping),
                    Replay = await Replaying.ReadAsync(context, context.Get(Index), context.Get(TokenMethod)),
                },
                TokenDefinition = context.Get(Tokens)!.Value,
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        var mask = RunMask.Run(result.Directory,
            new MaskOptions { Quantile = context.Get(Quantile), Window = context.Get(Window), Budget = context.Get(Budget) });
        var shown = new { result.Directory, result.Method, result.Documents, result.Excluded, mask.Tau, mask.MaskedTokens, mask.MaskedShare, MaskedDocuments = mask.Documents.Count };
        return context.Done(shown, console =>
        {
            RankingTable.Print(console, result);
            console.WriteLine(
                $"mask: {mask.MaskedTokens:N0} tokens ({100 * mask.MaskedShare:F2} %) in {mask.Documents.Count:N0} documents, τ = "
                    + $"{mask.Tau:G4} (a score, uncalibrated)");
        });
    }

    private static async Task<IReadOnlyList<Query>> QueriesAsync(VerbContext context, Option<string?> file, Option<string?> exchanges, bool isComplement) =>
        context.Get(file) is { } path ? QueryFile.Read(path, context.Progress, $"{exchanges.Name} FILTER")
        : context.Get(exchanges) is { } filter ? await LogQueries.ReadAsync(context, exchanges.Name, filter, context.Get(MaxQueries))
        : context.Get(HarmLabel) is { } label ? await LogQueries.ReadAsync(context, HarmLabel.Name, LogQueries.FilterOf(label, isComplement), context.Get(MaxQueries))
        : [];
}
