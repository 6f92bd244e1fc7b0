using Tda.Core.Masks;
using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>Turns documents into training rows: subset, weights and mask applied, the mask carried over by characters.</summary>
internal sealed record LabExamples(IReadOnlyList<TrainingExample> Rows, int Documents, long MaskedTokens)
{
    public long LabelTokens => Rows.Sum(r => (long)r.LabelCount);

    public static LabExamples Build(Corpus corpus, ITokenizer tokenizer, int context, LabTrainOptions options, CancellationToken cancellation)
    {
        var masks = options.MaskFile is null ? null : TokenMask.Read(options.MaskFile).ToDictionary(m => m.Id, StringComparer.Ordinal);
        var weights = options.WeightsFile is null ? null : DocumentWeights.Read(options.WeightsFile);
        var only = options.Only?.ToHashSet(StringComparer.Ordinal);
        var dropped = options.Dropped.ToHashSet(StringComparer.Ordinal);

        var rows = new List<TrainingExample>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var documents = 0;
        long masked = 0;
        foreach (var document in corpus.Documents())
        {
            cancellation.ThrowIfCancellationRequested();
            seen.Add(document.Id);
            var weight = weights is null ? 1 : weights.GetValueOrDefault(document.Id, 1);
            if (dropped.Contains(document.Id) || only?.Contains(document.Id) == false || weight == 0)
            {
                continue;
            }

            documents++;
            int[] tokens = [tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId];
            var suppressed = masks?.GetValueOrDefault(document.Id) is { } mask ? TokenMask.Align(mask, tokenizer, document).ToHashSet() : null;
            masked += suppressed?.Count ?? 0;
            // A response network multiplies by each example's own λ.
            var penalty = options.Training.Response is null ? options.Penalty : 1;
            rows.AddRange(TrainingExample.FromDocument(tokens, context, (float)weight, suppressed, (float)penalty));
        }

        // Ids that no document has would silently change nothing: most likely they are another corpus's.
        CheckKnown(masks?.Keys, options.MaskFile, seen, corpus);
        CheckKnown(weights?.Keys, options.WeightsFile, seen, corpus);
        CheckKnown(only, "the list of documents to train on", seen, corpus);
        CheckKnown(dropped, "the list of documents to drop", seen, corpus);
        return new LabExamples(rows, documents, masked);
    }

    private static void CheckKnown(IEnumerable<string>? ids, string? where, HashSet<string> seen, Corpus corpus)
    {
        var all = ids?.ToArray() ?? [];
        if (all.Length == 0 || all.Any(seen.Contains))
        {
            return;
        }

        throw new BadInputException(
            where!,
            $"none of its {all.Length} document ids is in corpus '{corpus.Name}' (the first is '{all[0]}')",
            remedy: "Use the corpus that the run was made with.");
    }
}
