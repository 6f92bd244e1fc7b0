using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class RandomMaskTests
{
    public static TheoryData<RandomMaskShape, int> Cases()
    {
        var cases = new TheoryData<RandomMaskShape, int>();
        foreach (var shape in Enum.GetValues<RandomMaskShape>())
        {
            for (var seed = 1; seed <= 8; seed++)
            {
                cases.Add(shape, seed);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Like_AnyShape_HasExactlyAsManyTokens(RandomMaskShape shape, int seed)
    {
        var (documents, mask) = Mask(seed);
        var control = RandomMask.Like(documents, mask, shape, seed);
        Assert.Equal(mask.MaskedTokens, control.MaskedTokens);
        var lengths = documents.ToDictionary(d => d.Id, d => d.Tokens.Count);
        Assert.All(control.Documents, d => Assert.All(d.Tokens, t => Assert.InRange(t, 1, lengths[d.Id])));
        Assert.All(control.Documents, d => Assert.Equal(d.Tokens.Order().Distinct(), d.Tokens));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Like_DocumentsInAnotherOrder_SameControl(RandomMaskShape shape, int seed)
    {
        var (documents, mask) = Mask(seed);
        var reversed = documents.AsEnumerable().Reverse().ToList();
        Assert.Equal(Samples.ById(RandomMask.Like(documents, mask, shape, seed)), Samples.ById(RandomMask.Like(reversed, mask, shape, seed)));
    }

    [Fact]
    public void Like_SameDocuments_KeepsTheNumberOfTokensInEach()
    {
        var (documents, mask) = Mask(3);
        var control = RandomMask.Like(documents, mask, RandomMaskShape.SameDocuments, 5);
        Assert.Equal(
            mask.Documents.OrderBy(d => d.Id, StringComparer.Ordinal).Select(d => (d.Id, d.Tokens.Length)),
            control.Documents.Select(d => (d.Id, d.Tokens.Length)));
    }

    [Fact]
    public void Like_SameRuns_KeepsTheLengthsOfRunsInEachDocument()
    {
        var (documents, mask) = Mask(4);
        var control = RandomMask.Like(documents, mask, RandomMaskShape.SameRuns, 5);
        static IEnumerable<string> Shapes(MaskResult m) => m.Documents.Select(d => string.Join(' ', RandomRuns.Runs(d.Tokens).Order())).Order(StringComparer.Ordinal);
        Assert.Equal(Shapes(mask), Shapes(control));
    }

    [Fact]
    public void Like_AnotherSeed_AnotherControl()
    {
        var (documents, mask) = Mask(4);
        Assert.NotEqual(
            Samples.ById(RandomMask.Like(documents, mask, RandomMaskShape.Tokens, 1)),
            Samples.ById(RandomMask.Like(documents, mask, RandomMaskShape.Tokens, 2)));
    }

    [Fact]
    public void Like_ManySeeds_EveryTokenEquallyOften()
    {
        var documents = new[] { DocumentTokenScores.Dense("a", "s", new float[7]), DocumentTokenScores.Dense("b", "s", [9, 9, 9]) };
        var mask = MaskSelector.Select(documents, new MaskOptions { Quantile = .7, Budget = .2, Window = 0 });
        var hits = new int[10];
        const int Draws = 4000;
        for (var seed = 0; seed < Draws; seed++)
        {
            foreach (var document in RandomMask.Like(documents, mask, RandomMaskShape.Tokens, seed).Documents)
            {
                foreach (var token in document.Tokens)
                {
                    hits[document.Id == "a" ? token - 1 : token + 6]++;
                }
            }
        }

        // Each of 10 tokens is drawn with probability .2; ±4 standard deviations of a binomial.
        Assert.Equal(2, mask.MaskedTokens);
        Assert.All(hits, count => Assert.InRange(count, Draws * .2 - 4 * Math.Sqrt(Draws * .16), Draws * .2 + 4 * Math.Sqrt(Draws * .16)));
    }

    private static (List<DocumentTokenScores> Documents, MaskResult Mask) Mask(int seed)
    {
        var documents = Samples.Documents(seed, 30);
        return (documents, MaskSelector.Select(documents, new MaskOptions { Quantile = .9, Budget = .1 }));
    }
}
