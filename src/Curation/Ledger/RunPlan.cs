using Tda.Core.Masks;
using Tda.Curation.Selection;
using Tda.Curation.Weights;

namespace Tda.Curation.Ledger;

/// <summary>Decisions from a run's directory.</summary>
public static class RunPlan
{
    /// <summary>The run's mask.jsonl.</summary>
    /// <exception cref="BadInputException">The run has no mask, or it is damaged.</exception>
    public static IEnumerable<Decision> Mask(string runDirectory)
    {
        var path = Path.Combine(runDirectory, CurationFiles.Mask);
        if (!File.Exists(path))
        {
            throw new BadInputException(path, "the run has no token mask", remedy: "Make one with tda guide.");
        }

        var summaryPath = Path.Combine(runDirectory, CurationFiles.MaskSummary);
        var summary = File.Exists(summaryPath) ? MaskSummary.Read(summaryPath) : null;
        return Decision.Masks(TokenMask.Read(path), summary?.Rule ?? $"mask: {CurationFiles.Mask} of the run", summary?.Tau);
    }

    /// <summary>A mask of other options than the run's own, selected from its token scores in the documents that are kept.</summary>
    /// <param name="runDirectory">The run.</param>
    /// <param name="options">How to select.</param>
    /// <param name="kept">Whether a document is: one that isn't needs no mask, and takes none of the budget.</param>
    /// <exception cref="BadInputException">The run has no token scores, or they are damaged.</exception>
    public static IEnumerable<Decision> MaskAnew(string runDirectory, MaskOptions options, Func<string, bool> kept)
    {
        using var run = ScoreRun.Open(runDirectory);
        var mask = MaskSelector.Select([.. RunScores.Tokens(run).Where(document => kept(document.Id))], options);
        return Decision.Masks(mask.ToDocumentMasks(), options.Rule, mask.Tau);
    }

    /// <summary>
    /// The control that a plan is to be set against: as many documents dropped, as long runs of tokens masked, and the same weights, in
    /// documents drawn at random.
    /// </summary>
    /// <param name="runDirectory">The run that the plan came from.</param>
    /// <param name="like">The plan's decisions: drops and masks, or weights.</param>
    /// <param name="seed">Same seed, same run, same plan: same control.</param>
    /// <exception cref="BadInputException">The run has no token scores to draw masks from, or they don't fit.</exception>
    public static IReadOnlyList<Decision> AtRandom(string runDirectory, IReadOnlyCollection<Decision> like, int seed)
    {
        using var run = ScoreRun.Open(runDirectory);
        var dropped = DocumentDropper.Random(RunScores.Candidates(run), like.Count(decision => decision.Action == CurationAction.Drop), seed);
        double[] weights = [.. like.Select(decision => decision.Weight).OfType<double>()];
        if (weights.Length > 0)
        {
            return DocumentReweighter.Random(RunScores.Candidates(run), weights, seed);
        }

        DocumentMask[] masks = [.. like.Select(decision => decision.Mask).OfType<DocumentMask>()];
        if (masks.Length == 0)
        {
            return dropped;
        }

        var masked = RandomMask.Like(KeptTokens(run, dropped), masks, seed);
        return [.. dropped, .. Decision.Masks(masked, $"mask: random control of {masks.Sum(mask => mask.Tokens.Length)} tokens, seed {seed}", tau: null)];
    }

    /// <summary>The run's weights.jsonl where it has one, otherwise weights from its scores.</summary>
    public static IEnumerable<Decision> Weigh(string runDirectory)
    {
        var path = Path.Combine(runDirectory, CurationFiles.Weights);
        if (!File.Exists(path))
        {
            return DocumentReweighter.Weigh(RunScores.Candidates(runDirectory));
        }

        const string rule = $"weight: {CurationFiles.Weights} of the run";
        return DocumentWeights.Read(path)
            .Where(w => w.Value != 1)
            .Select(w => new Decision(w.Key, CurationAction.Weight, rule) { Value = w.Value, Weight = w.Value });
    }

    /// <summary>The token scores of the documents that the decisions don't drop.</summary>
    private static List<DocumentTokenScores> KeptTokens(ScoreRun run, IEnumerable<Decision> decisions)
    {
        HashSet<string> gone = [.. decisions.Where(decision => decision.Action == CurationAction.Drop).Select(decision => decision.Id)];
        return [.. RunScores.Tokens(run).Where(document => !gone.Contains(document.Id))];
    }
}
