using Tda.Curation.Ledger;

namespace Tda.Curation.Selection;

/// <summary>Selects a mask from a run's token scores and writes it beside them: the second half of `tda guide`.</summary>
public static class RunMask
{
    /// <param name="runDirectory">A finished run with tokens.jsonl.</param>
    /// <param name="options">How to select.</param>
    /// <param name="byDocumentScore">Whether to walk the documents by their own score instead of by the harmonic mean of their tokens above τ.</param>
    /// <exception cref="BadInputException">The run has no token scores, or they are damaged.</exception>
    public static MaskResult Run(string runDirectory, MaskOptions options, bool byDocumentScore = false)
    {
        using var run = ScoreRun.Open(runDirectory);
        var tokens = Read(run);
        if (byDocumentScore)
        {
            options = options with { DocumentOrder = OrderByScore(run, tokens) };
        }

        var result = MaskSelector.Select(tokens, options);
        ScoreRun.AddFiles(runDirectory, MaskFiles.Write(runDirectory, result, options));
        return result;
    }

    /// <summary>The run's token scores, which must be there.</summary>
    public static IReadOnlyList<DocumentTokenScores> Read(ScoreRun run)
    {
        var tokens = RunScores.Tokens(run);
        return tokens.Count > 0
            ? tokens
            : throw new BadInputException(run.Directory, "the run has no token scores", remedy: "Make it with tda guide, or tda attribute --tokens.");
    }

    private static string[] OrderByScore(ScoreRun run, IReadOnlyList<DocumentTokenScores> tokens)
    {
        var scored = tokens.Select(t => t.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. RunScores.Candidates(run)
                .Where(c => scored.Contains(c.Id))
                .OrderByDescending(c => c.Score)
                .ThenBy(c => c.Id, StringComparer.Ordinal)
                .Select(c => c.Id)
        ];
    }
}
