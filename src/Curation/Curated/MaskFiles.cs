using Tda.Core.Masks;
using Tda.Curation.Selection;

namespace Tda.Curation.Curated;

/// <summary>A mask on disk: mask.jsonl for training, mask-summary.json for people and for the ledger.</summary>
public static class MaskFiles
{
    /// <summary>Writes both files into <paramref name="directory"/> and returns their names, for the manifest.</summary>
    /// <param name="directory">A run's directory.</param>
    /// <param name="result">The mask.</param>
    /// <param name="options">What it was selected with.</param>
    /// <param name="rule">The rule in words; null = made from the options. A control says so here.</param>
    /// <exception cref="BadInputException">The scores had no character spans: a mask without them fits one tokenizer only.</exception>
    public static string[] Write(string directory, MaskResult result, MaskOptions options, string? rule = null)
    {
        if (result.Documents.FirstOrDefault(d => d.Spans.Length == 0) is { } bare)
        {
            throw new BadInputException("token scores", $"document {bare.Id} has no character spans, which another tokenizer needs to apply the mask", remedy: "Give the tokens' spans with their scores.");
        }

        TokenMask.Write(Path.Combine(directory, CurationFiles.Mask), result.ToDocumentMasks());
        MaskSummary.Of(result, options, rule).Write(Path.Combine(directory, CurationFiles.MaskSummary));
        return [CurationFiles.Mask, CurationFiles.MaskSummary];
    }
}
