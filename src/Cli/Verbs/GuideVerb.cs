using Tda.Curation.Selection;
using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs;

/// <summary>`tda guide`: the token mask of IF-Guide.</summary>
internal static class GuideVerb
{
    private static readonly Option<string> Index = new("--index") { Description = "Index", Required = true, HelpName = "I" };
    private static readonly Option<string> Harm = new("--harm")
    { Description = "Queries whose completions are harmful", Required = true, HelpName = "FILE.jsonl" };
    private static readonly Option<string?> Safe = new("--safe")
    { Description = "Queries whose completions are as they should be", HelpName = "FILE.jsonl" };
    private static readonly Option<string?> TokenMethod = new("--method")
    { Description = "A method that scores tokens: ekfac or grad-dot; default the index's own", HelpName = "M" };
    private static readonly Option<double> Damping = new("--damping")
    { Description = "λ of a module as a multiple of its mean eigenvalue", DefaultValueFactory = _ => .1, HelpName = "F" };
    private static readonly Option<double> Quantile = new("--quantile")
    { Description = "Quantile of token scores above which a token may be masked", DefaultValueFactory = _ => .99, HelpName = "Q" };
    private static readonly Option<int> Window = new("--window")
    { Description = "Tokens masked on each side of one above the quantile", DefaultValueFactory = _ => 1, HelpName = "N" };
    private static readonly Option<double> Budget = new("--budget")
    { Description = "Most of the corpus's tokens to mask, as a share", DefaultValueFactory = _ => .02, HelpName = "B" };
    private static readonly Option<string?> Run = new("--run")
    { Description = "Id of the run; default is made from the clock", HelpName = "ID" };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Replace what has this name" };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("guide",
        "IF-Guide: scores every token for harmful less safe answers, and selects the token mask.",
        "tda guide --index mail-small --harm harm.jsonl --safe safe.jsonl --budget .02 --run guide-1",
        Index, Harm, Safe, TokenMethod, Damping, Quantile, Window, Budget, Run, Replace).Runs(RunAsync);

    private static int RunAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var result = Guide.Run(
            new GuideOptions
            {
                Home = context.Home,
                Index = context.Get(Index),
                Harm = QueryFile.Read(context.Get(Harm)),
                Safe = context.Get(Safe) is { } safe ? QueryFile.Read(safe) : [],
                Run = RankingTable.RunId(context.Get(Run)),
                Method = context.Get(TokenMethod),
                Options = new MethodOptions { DampingFactor = context.Get(Damping) },
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel);
        var mask = RunMask.Run(result.Directory,
            new MaskOptions { Quantile = context.Get(Quantile), Window = context.Get(Window), Budget = context.Get(Budget) });
        var shown = new { result.Directory, result.Method, result.Documents, result.Excluded, mask.Tau, mask.MaskedTokens, mask.MaskedShare, MaskedDocuments = mask.Documents.Count };
        return context.Done(shown, console =>
        {
            RankingTable.Print(console, result);
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mask: {mask.MaskedTokens:N0} tokens ({100 * mask.MaskedShare:F2} %) in {mask.Documents.Count:N0} documents, τ = "
                    + $"{mask.Tau:G4} nats × N"));
        });
    }
}
