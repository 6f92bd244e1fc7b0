using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class StandardisedSumTests
{
    [Fact]
    public void Fuse_TwoMethods_SumsDeviationsFromTheMeanByHand()
    {
        // Means 2 and 0, deviations √(2/3) and √(200/3): scale and offset of a method don't count.
        var fused = StandardisedSum.Fuse([[1, 2, 3], [10, -10, 0]]);
        var z = Math.Sqrt(3 / 2.0);
        Assert.Equal(-z + z, fused[0], 6);
        Assert.Equal(-z, fused[1], 6);
        Assert.Equal(z, fused[2], 6);
    }

    [Fact]
    public void Fuse_MethodThatSaysNothing_AddsNothing() => Assert.Equal(StandardisedSum.Fuse([[1, 2, 4]]), StandardisedSum.Fuse([[1, 2, 4], [.1f, .1f, .1f]]));

    [Fact]
    public void Fuse_DocumentSetApart_IsNaNAndCountsForNoMean()
    {
        var fused = StandardisedSum.Fuse([[900, 3, 1], [float.NaN, 1, 2]]);
        Assert.Equal([float.NaN, 0, 0], fused);
        Assert.Equal(StandardisedSum.Fuse([[3, 1, 8], [1, 2, 2]]), StandardisedSum.Fuse([[900, 3, 1, 8], [float.NaN, 1, 2, 2]])[1..]);
    }

    [Fact]
    public void Score_PartsAndRule_AreThoseOfTheOptions()
    {
        var (documents, queries) = (Rows.Random(9), Rows.Random(2, seed: 77));
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = documents, DocumentText = d => $"a {d} b", QueryTexts = [new("q", "", "3 b"), new("r", "", "5")] };
        float[][] Of(string method, int target) => [[.. Runs.Score(method, context, new MethodOptions(), queries, Runs.Each(queries)).Row(target)]];

        var options = new MethodOptions { Fusion = new FusionOptions { Parts = ["ngram", "grad-dot", "bm25"], Rule = FusionRule.Sum } };
        var fused = Runs.Score("fused", context, options, queries, Runs.Each(queries));
        for (var t = 0; t < 2; t++)
        {
            var expected = StandardisedSum.Fuse([.. Of("ngram", t), .. Of("grad-dot", t), .. Of("bm25", t)]);
            Numbers.Close([.. expected.Select(x => (double)x)], Runs.Row(fused, t), 1e-6, "three parts");
        }

        // A normalisation is for those that have a self-influence.
        var relative = Runs.Score("fused", context, options, queries, Runs.Each(queries), normalisation: Normalisation.RelatIf);
        var dot = Runs.Score("grad-dot", context, options, queries, Runs.Each(queries), normalisation: Normalisation.RelatIf);
        Numbers.Close([.. StandardisedSum.Fuse([.. Of("ngram", 0), [.. dot.Row(0)], .. Of("bm25", 0)]).Select(x => (double)x)], Runs.Row(relative, 0), 1e-6, "RelatIF");
    }

    [Theory]
    [InlineData("ekfac", "bm25,ekfac")]
    [InlineData("ngram,ekfac", "ngram,ekfac")]
    [InlineData("ngram, tfidf ,grad-dot", "ngram,tfidf,grad-dot")]
    public void ReadParts_OneOrSeveral_OneIsFusedWithBm25(string text, string parts) => Assert.Equal(parts, string.Join(',', FusionOptions.ReadParts(text)));

    [Theory]
    [InlineData("bm25")]
    [InlineData("ekfac,ekfac")]
    [InlineData("ekfac,fused")]
    public void Validate_NothingToFuse_IsRefused(string parts) => Assert.Contains(
        "name two or more", Assert.Throws<UsageException>(new MethodOptions { Fusion = new FusionOptions { Parts = FusionOptions.ReadParts(parts) } }.Validate).Message);
}
