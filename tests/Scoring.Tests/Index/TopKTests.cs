using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Tests.Index;

public class TopKTests
{
    [Fact]
    public void Ranked_AgainstSorting_IsTheSameWhateverTheOrderOfVisits()
    {
        var random = new Random(4);
        // Few distinct scores, so that ties decide.
        float[] scores = [.. Enumerable.Range(0, 500).Select(i => i == 17 ? float.NaN : random.Next(40))];
        int[] sorted = [.. Enumerable.Range(0, 500).Where(d => !float.IsNaN(scores[d])).OrderByDescending(d => scores[d]).ThenBy(d => d).Take(60)];
        var (forward, first, second) = (new TopK(60), new TopK(60), new TopK(60));
        for (var d = 0; d < 500; d++)
        {
            forward.Add(d, scores[d]);
        }

        for (var d = 499; d >= 0; d--)
        {
            (d % 2 == 0 ? first : second).Add(d, scores[d]);
        }

        first.Merge(second);
        Assert.Equal(sorted, forward.Ranked().Select(r => r.Document));
        Assert.Equal(sorted, first.Ranked().Select(r => r.Document));
    }

    [Fact]
    public void Ranked_FewerThanK_IsAll() => Assert.Empty(new TopK(3).Ranked());
}
