using Tda.Evaluation.Classes;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

public class ClassAnalysisTests
{
    [Fact]
    public void PowerLaw_ParetoTail_RecoversItsExponent()
    {
        // Quantiles of a Pareto distribution with α = 1.5, and many negative scores that play no part.
        var scores = Enumerable.Range(1, 20_000).Select(i => Math.Pow(i / 20_001.0, -1 / 1.5)).Concat(Enumerable.Repeat(-3.0, 500));
        var law = PowerLaw.Of(scores, .05)!;
        Assert.InRange(law.HillExponent, 1.45, 1.55);
        Assert.InRange(law.RankSlope, -1 / 1.45, -1 / 1.55);
        Assert.InRange(law.Fit, .999, 1);
        Assert.Equal(1000, law.Ranks);
        Assert.Null(PowerLaw.Of([1, 2, 3, -4]));
    }

    [Fact]
    public void PowerLaw_Exponential_IsToldApartByItsFit()
    {
        var exponential = Enumerable.Range(1, 5000).Select(i => -Math.Log(i / 5001.0));
        Assert.True(PowerLaw.Of(exponential, 1)!.Fit < .9);
    }

    [Fact]
    public void TopShare_OfPositives_CountsByHand()
    {
        Assert.Equal(.6, PowerLaw.TopShare([-5, 3, 6, 1], 1), 12);
        Assert.Equal(1, PowerLaw.TopShare([-5, 3, 6, 1], 10), 12);
        Assert.True(double.IsNaN(PowerLaw.TopShare([-1], 1)));
    }

    [Fact]
    public void Of_TwoClasses_TellsThemApart()
    {
        var run = Run([[9, 8, 1, 0], [8, 9, 0, 1], [0, 1, 9, 8]], ["fact", "fact", "poem"], ["web", "web", "book", "book"]);
        var result = ClassAnalysis.Of(run);
        Assert.Equal(["fact", "poem"], result.Classes);
        Assert.Equal(1, result.Correlations[0][0], 9);
        Assert.True(result.Correlations[0][1] < 0);
        Assert.Equal(.6, result.Within, 9);                                   // ranks 4 3 2 1 and 3 4 1 2
        Assert.True(result.Between < 0);
        var web = result.Sources.Single(s => s.Class == "fact" && s.Source == "web");
        Assert.Equal((17 / 18.0, .5), (web.InfluenceShare, web.DocumentShare));
        Assert.Equal(17 / 9.0, web.Multiplier, 9);
        Assert.Equal(.5, result.Queries[0].TopShare[1], 9);
        Assert.Null(result.Queries[0].Tail);
    }

    [Fact]
    public void AnswerInTop_WholeWordsOnly_AnyCaseAnyPunctuation()
    {
        var run = Run([[3, 2, 1], [1, 3, 2], [1, 2, 3], [1, 2, 3]], ["", "", "", ""], ["s", "s", "s"], ["Art", "new  york", "nowhere", "?!"]);
        string[] texts = ["a party", "In New-York.", "the ART of it"];
        string Text(string id) => texts[int.Parse(id[4..], System.Globalization.CultureInfo.InvariantCulture)];
        Assert.Equal(new AnswerInTop(1, 3, 1 / 3.0, 2 / 3.0), AnswerInTop.Of(run, Text, 1));
        Assert.Equal(2 / 3.0, AnswerInTop.Of(run, Text, 3).InTop, 9);
    }

    [Fact]
    public void Flip_Phrases_ChangePlaces()
    {
        static string? Flip(string text, string first = "George Washington", string second = "the first president") =>
            new WordOrderCase("p", text, first, second, "", "").Flipped;
        Assert.Equal("the first president was George Washington.", Flip("George Washington was the first president."));
        Assert.Equal("so George Washington, the first president", Flip("so the first president, George Washington"));
        Assert.Null(Flip("George Washington"));
        Assert.Null(Flip("abcd", "abc", "bcd"));
    }

    [Fact]
    public void Measure_TextAndItsFlip_AreScoredAsDocuments()
    {
        var model = new TinyModel();
        var fitted = Rows.Random(12);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = fitted };
        using var influence = AttributionMethods.Create("grad-dot", context, new MethodOptions(), NullProgress.Instance, default);
        int[] Encode(string text) => [0, .. text.Select(c => c - 'a' + 1)];
        var queries = MemoryRows.FromTokens(["q"], [Encode("abcd")]);
        var result = WordOrderProbe.Measure(influence, new WordOrderCase("p", "abcd", "ab", "cd", "", ""), Encode, queries, default);

        double Dot(string text)
        {
            var (g, q) = (model.WeightGradients(MemoryRows.FromTokens(["d"], [Encode(text)]).Load(0)), model.WeightGradients(queries.Load(0)));
            return g.Zip(q, (x, y) => Numbers.Of(x.mul(y).sum())[0]).Sum();
        }
        Assert.Equal(Dot("abcd"), result.Original, 4);
        Assert.Equal(Dot("cdab"), result.Flipped, 4);
        Assert.Equal(result.Flipped / result.Original, result.Left, 12);
    }

    private static RunTable Run(float[][] scores, string[] labels, string[] sources, string[]? answers = null)
    {
        var matrix = new ScoreMatrix(scores.Length, sources.Length);
        for (var q = 0; q < scores.Length; q++)
        {
            scores[q].CopyTo(matrix.Row(q));
        }

        return new RunTable(
            "test", [.. labels.Select((l, q) => new Query($"q{q}", "", answers?[q] ?? "x") { Label = l })],
            [.. sources.Select((_, d) => $"doc-{d}")], sources, matrix);
    }
}
