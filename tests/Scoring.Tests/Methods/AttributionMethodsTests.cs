using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods;

public class AttributionMethodsTests
{
    [Fact]
    public void All_EveryEntry_HasANameOfItsOwnAndAWayToRun()
    {
        Assert.Equal(AttributionMethods.Names.Count, AttributionMethods.Names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(AttributionMethods.All, m => Assert.True(m.Create is not null || m.Open is not null, m.Name));
        Assert.All(AttributionMethods.All, m => Assert.Same(m, AttributionMethods.Find(m.Name)));
    }

    [Theory]
    [InlineData(IndexMethod.Ekfac, "ekfac")]
    [InlineData(IndexMethod.Logra, "logra")]
    public void DefaultFor_AnIndex_IsTheMethodItWasMadeFor(IndexMethod index, string method) =>
        Assert.Equal(method, AttributionMethods.DefaultFor(index));

    [Fact]
    public void FindOnRows_MethodOfAnIndexAlone_IsNotThere()
    {
        Assert.Equal("cascade", AttributionMethods.Find("cascade").Name);
        Assert.Contains("'cascade'", Assert.Throws<UsageException>(() => AttributionMethods.FindOnRows("cascade")).Message);
    }

    // Regression: messages told users to pass --normalise none; the option is --normalisation.
    [Fact]
    public void Score_NormalisationWithoutSelfInfluence_NamesTheOptionThatExists()
    {
        var rows = Rows.Random(3);
        var context = new InfluenceContext { Capture = new GradientCapture(new TinyModel()), Documents = rows };
        using var method = AttributionMethods.Create("hidden-cosine", context, new MethodOptions(), NullProgress.Instance, default);
        var error = Assert.Throws<UsageException>(() => method.Score(
            rows, rows, Runs.Each(rows), Normalisation.RelatIf, _ => { }, NullProgress.Instance, default));
        Assert.Contains("--normalisation none", error.Message);
    }
}
