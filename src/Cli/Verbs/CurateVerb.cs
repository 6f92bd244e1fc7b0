using Tda.Curation.Ledger;
using Tda.Curation.Selection;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs;

/// <summary>`tda curate` and `tda report`.</summary>
internal static class CurateVerb
{
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Corpus to curate; it stays as it is");
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run whose scores or mask decide");
    private static readonly Option<string> Name = CliOption.Required("--name", "C2", "Name of the curated corpus");
    private static readonly Option<int?> Drop = CliOption.Optional<int?>("--drop", "N", "Drop the N strongest proponents").AtLeast(0);
    private static readonly Option<bool> Mask = CliOption.Flag("--mask", "Attach the run's token mask");
    private static readonly Option<double?> Budget = CliOption.Optional<double?>("--budget", "B",
        "Select the mask anew from the run's token scores: most of the corpus's tokens to mask, as a share").Within(0, 1);
    private static readonly Option<double?> Quantile = CliOption.Optional<double?>("--quantile", "Q",
        "Select the mask anew: quantile of token scores above which a token may be masked").Within(0, 1);
    private static readonly Option<int?> Window = CliOption.Optional<int?>("--window", "N",
        "Select the mask anew: tokens masked on each side of one above the quantile").AtLeast(0);
    private static readonly Option<bool> Weights = CliOption.Flag("--weights", "Attach weights that fall with the score");
    private static readonly Option<int?> AtRandom = CliOption.Optional<int?>("--at-random", "SEED",
        "Drop, mask or weigh as much at random instead: the control to compare with");
    private static readonly Option<bool> DryRun = CliOption.Flag("--dry-run", "Show what would be touched, by source, and make nothing");
    private static readonly Option<string?> Overrides = CliOption.Text("--overrides", "FILE.jsonl",
        "A reviewer's decisions, one JSON object a line");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace a corpus of this name");

    private const double LargeShare = .2;

    public static Command Build() => CommandExtensions.Verb("curate",
        "Makes a better corpus by a run: drops documents, attaches a token mask or weights, and keeps a ledger of every document touched.",
        "tda curate --corpus mail --run guide-1 --name mail-2 --drop 100 --mask",
        CorpusName, Run, Name, Drop, Mask, Budget, Quantile, Window, Weights, AtRandom, DryRun, Overrides, Replace).Runs(Curate)
        .Grouped("Another mask than the run's own (with --mask)", Budget, Quantile, Window);

    private static int Curate(VerbContext context)
    {
        (var drop, var mask, var weights) = (context.Get(Drop), context.Get(Mask), context.Get(Weights));
        if (drop is null && !mask && !weights)
        {
            throw new UsageException("say what to do: --drop N, --mask or --weights (drop and mask go together)");
        }

        if (weights && (drop is not null || mask))
        {
            throw new UsageException("--weights can't be joined with --drop or --mask: a document gets one decision");
        }

        var run = context.Home.RunDirectory(context.Get(Run));
        List<Decision> decisions = [.. drop is { } count ? RunPlan.Drop(run, count) : [], .. weights ? RunPlan.Weigh(run) : []];
        if (Anew(context, mask) is { } options)
        {
            decisions.AddRange(RunPlan.MaskAnew(run, options, decisions));
        }
        else if (mask)
        {
            // A document that is dropped needs no mask.
            decisions = [.. decisions.Concat(RunPlan.Mask(run)).DistinctBy(decision => decision.Id)];
        }

        if (context.Get(AtRandom) is { } seed)
        {
            decisions = [.. RunPlan.AtRandom(run, decisions, seed)];
        }

        var touched = Touched.BySource(RunScores.Candidates(run), decisions);
        if (context.Get(DryRun))
        {
            return context.Done(touched, console => Print(console, touched));
        }

        if (touched.Sum(source => source.Dropped) > LargeShare * touched.Sum(source => source.Documents))
        {
            context.Progress.Message("tda: warning: more than a fifth of the documents is dropped (--dry-run shows this without doing it):");
            foreach (var source in touched)
            {
                context.Progress.Message($"  {source.Source}: {source.Dropped:N0} of {source.Documents:N0}");
            }
        }

        var result = CorpusCurator.Run(
            new CurateOptions
            {
                CorpusDirectory = context.Home.CorpusDirectory(context.Get(CorpusName)),
                OutputDirectory = context.Home.CorpusDirectory(context.Get(Name)),
                Plan = new CurationPlan(decisions, run),
                OverridesPath = context.Get(Overrides),
                RunDirectory = run,
                Replace = context.Get(Replace),
                Command = context.CommandLine,
            },
            TimeProvider.System, context.Progress, context.Cancel);
        var shown = new { result.Corpus.Name, result.Corpus.Directory, result.Read, result.Dropped, result.Masked, result.MaskedTokens, result.Weighed, result.Overridden };
        return context.Done(shown, console => console.WriteLine(
            $"{shown.Directory}: {shown.Read:N0} documents read, {shown.Dropped:N0} dropped, {shown.Masked:N0} masked "
                + $"({shown.MaskedTokens:N0} tokens), {shown.Weighed:N0} weighed, {shown.Overridden:N0} by the reviewer"));
    }

    /// <summary>How the mask is selected anew; null where the run's own is taken.</summary>
    private static MaskOptions? Anew(VerbContext context, bool mask)
    {
        var (budget, quantile, window) = (context.Get(Budget), context.Get(Quantile), context.Get(Window));
        if (budget is null && quantile is null && window is null)
        {
            return null;
        }

        if (!mask)
        {
            throw new UsageException("--budget, --quantile and --window select a mask anew: give --mask too");
        }

        var standard = new MaskOptions();
        return new() { Budget = budget ?? standard.Budget, Quantile = quantile ?? standard.Quantile, Window = window ?? standard.Window };
    }

    private static void Print(IAnsiConsole console, IReadOnlyList<Touched> touched)
    {
        console.WriteTable(["source", "documents", "dropped", "masked", "tokens masked", "weighed"], touched.Select(source => (string[])
        [
            source.Source, $"{source.Documents:N0}", $"{source.Dropped:N0}", $"{source.Masked:N0}", $"{source.MaskedTokens:N0}", $"{source.Weighed:N0}",
        ]));
        console.WriteLine("nothing was made: this was a dry run");
    }

    /// <summary>What a plan does to the documents of one source.</summary>
    private sealed record Touched(string Source, int Documents, int Dropped, int Masked, int MaskedTokens, int Weighed)
    {
        public static IReadOnlyList<Touched> BySource(IReadOnlyList<CandidateDocument> candidates, IEnumerable<Decision> decisions)
        {
            var byId = decisions.ToDictionary(decision => decision.Id);
            return
            [
                .. candidates.GroupBy(candidate => candidate.Source, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
                {
                    Decision[] own = [.. group.Select(candidate => byId.GetValueOrDefault(candidate.Id)).OfType<Decision>()];
                    int Count(CurationAction action) => own.Count(decision => decision.Action == action);
                    return new Touched(
                        group.Key, group.Count(), Count(CurationAction.Drop), Count(CurationAction.Mask), own.Sum(decision => decision.Mask?.Tokens.Length ?? 0),
                        Count(CurationAction.Weight));
                }),
            ];
        }
    }
}
