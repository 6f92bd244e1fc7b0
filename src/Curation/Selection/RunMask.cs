using Tda.Core.Masks;
using Tda.Curation.Ledger;

namespace Tda.Curation.Selection;

/// <summary>Selects a mask from a run's token scores and writes it beside them: the second half of `tda guide`.</summary>
public static class RunMask
{
    /// <param name="runDirectory">A finished run with tokens.jsonl.</param>
    /// <param name="options">How to select.</param>
    /// <exception cref="BadInputException">The run has no token scores, or they are damaged.</exception>
    public static MaskResult Run(string runDirectory, MaskOptions options)
    {
        using var run = ScoreRun.Open(runDirectory);
        var result = MaskSelector.Select(RunScores.Tokens(run), options);
        TokenMask.Write(Path.Combine(runDirectory, CurationFiles.Mask), result.ToDocumentMasks());
        AtomicFile.WriteJson(Path.Combine(runDirectory, CurationFiles.MaskSummary), MaskSummary.Of(result, options));
        ScoreRun.AddFiles(runDirectory, CurationFiles.Mask, CurationFiles.MaskSummary);
        return result;
    }
}
