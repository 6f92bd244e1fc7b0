using Tda.Core.Masks;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

/// <summary>Random token scores with heavy tails and ties, as influence has them; the same for the same seed.</summary>
internal static class Samples
{
    public static List<DocumentTokenScores> Documents(int seed, int count = 12, int longest = 40)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                var length = 1 + random.Next(longest);
                // Coarse steps make ties, within a document and between documents.
                var scores = Enumerable.Range(0, length).Select(_ => (float)Math.Round(Math.Pow(random.NextDouble(), 6) * 40 - 4) / 2).ToArray();
                var spans = Enumerable.Range(0, length).Select(t => new CharacterSpan(t * 3, t * 3 + 3)).ToArray();
                return Dense($"d{i:00}", i % 3 == 0 ? "bad" : "good", scores, spans);
            })
        ];
    }

    /// <summary>Scores of label tokens 1, 2, … n: a document in which every token but BOS carries loss. By default a character a token.</summary>
    public static DocumentTokenScores Dense(string id, string source, float[] scores, CharacterSpan[]? spans = null) => new(
        id, source, [.. Enumerable.Range(1, scores.Length)], scores, spans ?? [.. scores.Select((_, i) => new CharacterSpan(i, i + 1))]);

    public static Dictionary<string, int[]> ById(MaskResult result) => ById(result.ToDocumentMasks());

    public static Dictionary<string, int[]> ById(IEnumerable<DocumentMask> masks) => masks.ToDictionary(d => d.Id, d => d.Tokens);
}
