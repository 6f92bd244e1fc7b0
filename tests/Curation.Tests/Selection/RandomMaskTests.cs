using Tda.Core.Masks;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class RandomMaskTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Like_AnyMask_HasExactlyAsManyTokens(int seed)
    {
        var (documents, mask) = Mask(seed);
        var control = RandomMask.Like(documents, mask.ToDocumentMasks(), seed);
        Assert.Equal(mask.MaskedTokens, control.Sum(d => d.Tokens.Length));
        var lengths = documents.ToDictionary(d => d.Id, d => d.Tokens.Length);
        Assert.All(control, d => Assert.All(d.Tokens, t => Assert.InRange(t, 1, lengths[d.Id])));
        Assert.All(control, d => Assert.Equal(d.Tokens.Order().Distinct(), d.Tokens));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Like_DocumentsInAnotherOrder_SameControl(int seed)
    {
        var (documents, mask) = Mask(seed);
        var reversed = documents.AsEnumerable().Reverse().ToList();
        Assert.Equal(Samples.ById(RandomMask.Like(documents, mask.ToDocumentMasks(), seed)), Samples.ById(RandomMask.Like(reversed, mask.ToDocumentMasks(), seed)));
    }

    [Fact]
    public void Like_AnyMask_KeepsTheLengthsOfRunsInEachDocument()
    {
        var (documents, mask) = Mask(4);
        var control = RandomMask.Like(documents, mask.ToDocumentMasks(), 5);
        static IEnumerable<string> Shapes(IEnumerable<DocumentMask> masks) => masks.Select(d => string.Join(' ', RandomMask.Runs(d.Tokens).Order())).Order(StringComparer.Ordinal);
        Assert.Equal(Shapes(mask.ToDocumentMasks()), Shapes(control));
    }

    [Fact]
    public void Like_AnotherSeed_AnotherControl()
    {
        var (documents, mask) = Mask(4);
        Assert.NotEqual(Samples.ById(RandomMask.Like(documents, mask.ToDocumentMasks(), 1)), Samples.ById(RandomMask.Like(documents, mask.ToDocumentMasks(), 2)));
    }

    [Fact]
    public void Like_RunLongerThanAnyDocument_BadInput()
    {
        var (documents, mask) = Mask(4);
        Assert.Throws<BadInputException>(() => RandomMask.Like([Samples.Dense("a", "s", [1])], [new DocumentMask("a", [1, 2], [])], 1));
        Assert.Throws<BadInputException>(() => RandomMask.Like([], mask.ToDocumentMasks(), 1));
    }

    [Fact]
    public void Like_ManySeeds_EveryTokenEquallyOften()
    {
        // Two runs of one token each, in one of two documents of five tokens: six ways to place them in each.
        var documents = new[] { Samples.Dense("a", "s", new float[5]), Samples.Dense("b", "s", [9, 0, 9, 0, 0]) };
        var mask = MaskSelector.Select(documents, new MaskOptions { Quantile = .7, Budget = .2, Window = 0 });
        var hits = new Dictionary<string, int>();
        const int Draws = 4000;
        for (var seed = 0; seed < Draws; seed++)
        {
            var document = Assert.Single(RandomMask.Like(documents, mask.ToDocumentMasks(), seed));
            var placed = $"{document.Id} {string.Join(' ', document.Tokens)}";
            hits[placed] = hits.GetValueOrDefault(placed) + 1;
        }

        // Each of 12 placements has probability 1/12; ±4 standard deviations of a binomial.
        Assert.Equal(2, mask.MaskedTokens);
        Assert.Equal(12, hits.Count);
        Assert.All(hits.Values, count => Assert.InRange(count, Draws / 12.0 - 4 * Math.Sqrt(Draws * 11 / 144.0), Draws / 12.0 + 4 * Math.Sqrt(Draws * 11 / 144.0)));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    private static (List<DocumentTokenScores> Documents, MaskResult Mask) Mask(int seed)
    {
        var documents = Samples.Documents(seed, 30);
        return (documents, MaskSelector.Select(documents, new MaskOptions { Quantile = .9, Budget = .1 }));
    }
}
