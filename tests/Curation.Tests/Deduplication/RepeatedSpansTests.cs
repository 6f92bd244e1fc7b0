using Tda.Curation.Deduplication;
using Tda.Curation.Ledger;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

public sealed class RepeatedSpansTests
{
    private const int Size = 5;
    private static readonly KeepOptions Longest = new(KeepRule.Longest, "date", []);

    [Fact]
    public void Decide_Drop_DropsWhatTheNaiveSearchDrops() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = Naive(documents, .5, masks: false);

        var decisions = Stage(.5, SpanAction.Drop).Run(documents);

        Assert.Equal(expected.Keys.Order(), decisions.Select(d => d.Id).Order());
        Assert.All(decisions, d => Assert.Equal((CurationAction.Drop, "substring", expected[d.Id].Share), (d.Action, d.Reason!, d.Value!.Value)));
        var kept = documents.Without(decisions).ToDictionary(document => document.Id);
        Assert.All(decisions, d => Assert.Contains(d.Evidence!, kept[d.Twin!].Text, StringComparison.Ordinal));
    });

    [Fact]
    public void Decide_Mask_MasksTheWordsThatTheNaiveSearchFinds() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = Naive(documents, 0, masks: true);

        var decisions = Stage(0, SpanAction.Mask).Run(documents);

        Assert.Equal(expected.Keys.Order(), decisions.Select(d => d.Id).Order());
        Assert.All(decisions, d =>
        {
            var text = documents.Single(document => document.Id == d.Id).Text;
            var masked = string.Join(' ', d.Mask!.Spans.Select(span => text[span[0]..span[1]]));
            Assert.Equal(string.Join(' ', NaiveDuplicates.Words(text).Where((_, i) => expected[d.Id].Repeated[i])), masked.ToUpperInvariant());
        });
    });

    [Fact]
    public void Decide_AnyOrderAndThreads_DecidesAlikeAndOnce() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = Stage(.5, SpanAction.Drop, threads: 1).Run(documents).OrderBy(d => d.Id).ToList();

        Assert.Equal(expected, Stage(.5, SpanAction.Drop, threads: 4).Run([.. documents.Reverse()]).OrderBy(d => d.Id));
        Assert.Empty(Stage(.5, SpanAction.Drop).Run(documents.Without(expected)));
    });

    [Fact]
    public void Decide_RepeatWithinOneDocument_IsNone() =>
        Assert.Empty(Stage(0, SpanAction.Drop).Run([new("a", "s", "one two three four five six one two three four five six")]));

    [Fact]
    public void SeenTwice_ManyHashes_TellsEveryOneThatCameTwiceAndFewOthers()
    {
        const int count = 100_000;
        var random = SplitMix64.Of(5, "hashes");
        var hashes = Enumerable.Range(0, count).Select(_ => random.Next()).ToArray();
        var seen = new SeenTwice(1000);
        Parallel.ForEach(hashes.Concat(hashes.Take(count / 10)), seen.Note);

        Assert.All(hashes.Take(count / 10), hash => Assert.True(seen.IsTwice(hash)));
        Assert.InRange(hashes.Skip(count / 10).Count(seen.IsTwice), 0, count * 3 / 100); // 110,000 hashes in 4,194,304 bits
    }

    private static RepeatedSpans Stage(double share, SpanAction action, int threads = 2) =>
        new(new SpanOptions { Words = Size, Share = share, Action = action }, Longest) { Passes = new(threads) };

    private static Dictionary<string, (double Share, bool[] Repeated)> Naive(Document[] documents, double share, bool masks)
    {
        var owned = new HashSet<string>();
        var found = new Dictionary<string, (double, bool[])>();
        foreach (var document in documents.OrderByDescending(document => document.Text.Length).ThenBy(document => document.Id, StringComparer.Ordinal))
        {
            var words = NaiveDuplicates.Words(document.Text);
            var windows = Enumerable.Range(0, Math.Max(0, words.Count - Size + 1)).Select(i => string.Join(' ', words.Skip(i).Take(Size))).ToList();
            var repeated = new bool[words.Count];
            foreach (var i in Enumerable.Range(0, windows.Count).Where(i => owned.Contains(windows[i])))
            {
                repeated.AsSpan(i, Size).Fill(true);
            }

            var part = repeated.Count(word => word) / (double)words.Count;
            if (part > 0 && part >= share)
            {
                found.Add(document.Id, (part, repeated));
                if (!masks)
                {
                    continue;
                }
            }

            owned.UnionWith(windows);
        }

        return found;
    }
}
