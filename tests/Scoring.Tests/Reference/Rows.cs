using Tda.Scoring.Gradients;

namespace Tda.Scoring.Tests.Reference;

internal static class Rows
{
    public static MemoryRows Random(int documents, int vocabulary = 7, int seed = 3, int shortest = 3, int longest = 9)
    {
        var random = new Random(seed);
        return MemoryRows.FromTokens(
            [.. Enumerable.Range(0, documents).Select(i => $"doc-{i}")],
            [.. Enumerable.Range(0, documents).Select(_ => Tokens(random, random.Next(shortest, longest + 1), vocabulary))]);
    }

    /// <summary>Some documents split in several rows.</summary>
    public static MemoryRows Split(int documents, int rowsOfEven, int vocabulary = 7, int seed = 5)
    {
        var random = new Random(seed);
        var rows = new List<TokenRow>();
        for (var d = 0; d < documents; d++)
        {
            var label = 1;
            for (var r = 0; r < (d % 2 == 0 ? rowsOfEven : 1); r++)
            {
                var tokens = Tokens(random, random.Next(3, 7), vocabulary);
                rows.Add(new TokenRow(d, tokens, label, 0, RowKey.Of($"doc-{d}", label)));
                label += tokens.Length - 1;
            }
        }
        return new MemoryRows([.. Enumerable.Range(0, documents).Select(i => $"doc-{i}")], rows);
    }

    private static int[] Tokens(Random random, int length, int vocabulary) =>
        [0, .. Enumerable.Range(0, length).Select(_ => random.Next(1, vocabulary))];
}
