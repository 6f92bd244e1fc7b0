using Tda.Core.Masks;

namespace Tda.ProxyTrainer.Training;

/// <summary>A corpus as training examples, with the tokens of a mask suppressed.</summary>
internal static class MaskedDocuments
{
    /// <param name="corpus">Its documents; null gives none.</param>
    /// <param name="maskFile">A <c>mask.jsonl</c>, carried over to this tokenizer by characters; null masks nothing.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="context">Most tokens a row.</param>
    /// <exception cref="BadInputException">The mask can't be read, or none of its documents is in the corpus.</exception>
    public static IEnumerable<TrainingExample> Examples(Corpus? corpus, string? maskFile, ITokenizer tokenizer, int context)
    {
        var masks = maskFile is null ? [] : TokenMask.Read(maskFile).ToDictionary(mask => mask.Id, StringComparer.Ordinal);
        var found = 0;
        foreach (var document in corpus?.Documents() ?? [])
        {
            int[] tokens = [tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId];
            var mask = masks.GetValueOrDefault(document.Id);
            found += mask is null ? 0 : 1;
            var suppressed = mask is null ? null : TokenMask.Align(mask, tokenizer, document).ToHashSet();
            foreach (var example in TrainingExample.FromDocument(tokens, context, masked: suppressed))
            {
                yield return example;
            }
        }

        // Ids that no document has would silently change nothing: most likely they are another corpus's.
        if (masks.Count > 0 && found == 0)
        {
            throw new BadInputException(
                maskFile!, $"none of its {masks.Count} document ids is in corpus '{corpus?.Name}'", remedy: "Use the corpus that the run was made with.");
        }
    }
}
