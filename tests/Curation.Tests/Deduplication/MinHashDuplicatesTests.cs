using Tda.Curation.Deduplication;
using Tda.Curation.Ledger;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

public sealed class MinHashDuplicatesTests
{
    private const double Threshold = .5;
    private static readonly KeepOptions Longest = new(KeepRule.Longest, "date", ["web"]);

    [Fact]
    public void Decide_BandsOfOneRow_DropsWhatTheNaiveSearchDrops() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = NaiveDuplicates.Near(documents, Threshold, 2, ["web"]);

        var decisions = All(threads: 2).Run(documents);

        Assert.Equal(expected.Keys.Order(), decisions.Select(d => d.Id).Order());
        Assert.All(decisions, d => Assert.Equal(expected[d.Id].Similarity, d.Value!.Value, 12));
        Assert.All(decisions, d => Assert.Equal(expected[d.Id].Twin, d.Twin));
    });

    [Fact]
    public void Decide_BandsByThreshold_NamesTrueTwinsThatStay() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var decisions = Standard(threads: 2).Run(documents);

        var kept = documents.Without(decisions).ToDictionary(document => document.Id);
        var sets = documents.ToDictionary(document => document.Id, document => NaiveDuplicates.Set(document.Text, 2));
        Assert.All(decisions, d =>
        {
            Assert.Equal((CurationAction.Drop, "near", Threshold), (d.Action, d.Reason, d.Threshold));
            Assert.Contains(d.Twin!, kept.Keys);
            Assert.Equal(NaiveDuplicates.Jaccard(sets[d.Id], sets[d.Twin!]), d.Value!.Value, 12);
            Assert.InRange(d.Value.Value, Threshold, 1);
        });
    });

    [Fact]
    public void Decide_AnyOrderAndThreads_DecidesAlike() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var expected = Standard(threads: 1).Run(documents).OrderBy(d => d.Id).ToList();
        var shuffled = documents.ToArray();
        new SplitMix64((ulong)documents.Length).Shuffle<Document>(shuffled);

        Assert.Equal(expected, Standard(threads: 4).Run(documents).OrderBy(d => d.Id));
        Assert.Equal(expected, Standard(threads: 4).Run(shuffled).OrderBy(d => d.Id));
    });

    [Fact]
    public void Decide_OwnOutput_LosesNothing() => Property.Holds(
        Duplicated.Corpora, documents => Assert.Empty(Standard(threads: 2).Run(documents.Without(Standard(threads: 2).Run(documents)))));

    [Fact]
    public void Decide_Decisions_AreInTheCorpussOrder() => Property.Holds(Duplicated.Corpora, documents =>
    {
        var ids = Standard(threads: 3).Run(documents).ConvertAll(d => d.Id);

        Assert.Equal(documents.Select(document => document.Id).Where(ids.Contains), ids);
    });

    [Fact]
    public void Decide_Chain_KeepsTheEndThatIsUnlikeTheFirst()
    {
        // Of 2-grams b shares 7 of 11 with a and 5 of 11 with c; a and c share 4 of 14.
        Document[] documents =
        [
            new("a", "s", "one two three four five six seven eight nine ten"),
            new("b", "s", "three four five six seven eight nine ten eleven"),
            new("c", "s", "six seven eight nine ten eleven twelve x y"),
        ];

        var decision = Assert.Single(new MinHashDuplicates(new MinHashOptions { Threshold = .5, Words = 2 }, Longest) { MinHash = new MinHash(128, 1) }.Run(documents));

        Assert.Equal(("b", "a", .7), (decision.Id, decision.Twin!, Math.Round(decision.Value!.Value, 3)));
        Assert.Equal("three four five six seven eight nine ten", decision.Evidence);
    }

    [Fact]
    public void Decide_SameWordsOtherSigns_IsOfSimilarityOne()
    {
        var decision = Assert.Single(Standard(threads: 1).Run([new("a", "s", "Free, FREE money!!"), new("b", "s", "free free money"), new("c", "s", "!!!"), new("d", "s", "!!!")]));

        Assert.Equal(("b", "a", 1.0, "free free money"), (decision.Id, decision.Twin!, decision.Value!.Value, decision.Evidence!));
    }

    private static MinHashDuplicates Standard(int threads) => new(new MinHashOptions { Threshold = Threshold, Words = 2 }, Longest) { Passes = new(threads) };

    /// <summary>Misses a pair of half-similar documents with probability 2⁻¹²⁸.</summary>
    private static MinHashDuplicates All(int threads) =>
        new(new MinHashOptions { Threshold = Threshold, Words = 2 }, Longest) { Passes = new(threads), MinHash = new MinHash(128, 1) };
}
