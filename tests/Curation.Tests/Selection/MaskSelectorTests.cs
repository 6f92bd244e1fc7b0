using FsCheck;
using FsCheck.Fluent;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class MaskSelectorTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithReplay(20250601, 1).WithMaxTest(150);

    [Fact]
    public void Select_RandomScores_AgreesWithTheNaiveReference() => Check((seed, window, budget) =>
    {
        var documents = Samples.Documents(seed);
        var fast = MaskSelector.Select(documents, new MaskOptions { Quantile = .9, Window = window, Budget = budget });
        Assert.Equal(NaiveMask.Select(documents, .9, window, budget), Samples.ById(fast));
    });

    [Fact]
    public void Select_AnyScores_NeverExceedsTheBudget() => Check((seed, window, budget) =>
    {
        var documents = Samples.Documents(seed);
        var result = MaskSelector.Select(documents, new MaskOptions { Quantile = .5, Window = window, Budget = budget });
        Assert.True((decimal)result.MaskedTokens <= (decimal)budget * result.TotalTokens, $"{result.MaskedTokens} of {result.TotalTokens} at {budget}");
        Assert.Equal(documents.Sum(d => d.Scores.Length), result.TotalTokens);
    });

    [Fact]
    public void Select_DocumentsInAnotherOrder_SameMask() => Check((seed, window, budget) =>
    {
        var documents = Samples.Documents(seed);
        var options = new MaskOptions { Quantile = .9, Window = window, Budget = budget };
        var shuffled = documents.ToArray();
        new Random(seed + 1).Shuffle(shuffled);
        var (first, second) = (MaskSelector.Select(documents, options), MaskSelector.Select(shuffled, options));
        Assert.Equal(first.Documents.Select(d => d.Id), second.Documents.Select(d => d.Id));
        Assert.Equal(Samples.ById(first), Samples.ById(second));
        Assert.Equal(first.Tau, second.Tau);
    });

    [Fact]
    public void Select_AnyScores_MasksOnlyLabelTokensOfTheDocument() => Check((seed, window, budget) =>
    {
        var documents = Samples.Documents(seed).ToDictionary(d => d.Id);
        var result = MaskSelector.Select([.. documents.Values], new MaskOptions { Quantile = .8, Window = window, Budget = budget });
        foreach (var masked in result.Documents)
        {
            Assert.All(masked.Tokens, token => Assert.Contains(token, documents[masked.Id].Tokens));
            Assert.Equal(masked.Tokens.Order().Distinct(), masked.Tokens);
        }
    });

    [Theory]
    [InlineData(1, new[] { 1, 2 })]
    [InlineData(3, new[] { 2, 3, 4 })]
    [InlineData(5, new[] { 4, 5 })]
    public void Select_PeakAtADocumentsBorder_WindowStaysInside(int peak, int[] expected)
    {
        var scores = new float[5];
        scores[peak - 1] = 9; // label token i + 1 stands at index i: the off-by-one that a window of ±1 would hide
        var documents = new[] { Samples.Dense("a", "s", scores), Samples.Dense("b", "s", new float[95]) };
        var result = MaskSelector.Select(documents, new MaskOptions { Budget = .1 });
        Assert.Equal(expected, Assert.Single(result.Documents).Tokens);
    }

    [Fact]
    public void Select_WindowZero_MasksExactlyTheLabelTokenWithTheScore()
    {
        var scores = new float[200];
        scores[41] = 5;
        var result = MaskSelector.Select([Samples.Dense("a", "s", scores)], new MaskOptions { Window = 0 });
        Assert.Equal([42], Assert.Single(result.Documents).Tokens);
    }

    [Fact]
    public void Select_GapInTheLabelTokens_NeighbourWithoutLossIsNotMasked()
    {
        var document = new DocumentTokenScores("a", "s", [2, 5, 6, 9], [0, 9, 0, 0], new CharacterSpan[4]);
        var result = MaskSelector.Select([document], new MaskOptions { Budget = 1, Window = 2 });
        Assert.Equal([5, 6], Assert.Single(result.Documents).Tokens);
    }

    [Fact]
    public void Select_BudgetEndsInsideADocument_StrongestTokensFirst()
    {
        var document = Samples.Dense("a", "s", [1, 0, 8, 0, 0, 0, 5, 0, 0, 0]);
        var result = MaskSelector.Select([document], new MaskOptions { Quantile = .5, Budget = .2, Window = 1 });
        Assert.Equal([2, 3], Assert.Single(result.Documents).Tokens);
        Assert.Equal(result.BudgetTokens, result.MaskedTokens);
        Assert.Equal(1, result.MaskedAbove);
    }

    [Fact]
    public void Select_DecimalBudget_LosesNoTokenToBinaryRounding()
    {
        var scores = Enumerable.Range(1, 100).Select(i => (float)i).ToArray();
        var result = MaskSelector.Select([Samples.Dense("a", "s", scores)], new MaskOptions { Quantile = 0, Budget = .29 });
        Assert.Equal(29, result.BudgetTokens); // 0.29 * 100 is 28.999999999999996 in binary
        Assert.Equal(29, result.MaskedTokens);
    }

    [Fact]
    public void Select_AllScoresNegative_MasksNoOpponents()
    {
        var documents = new[] { Samples.Dense("a", "s", [-5, -4, -3, -2, -1]) };
        Assert.Empty(MaskSelector.Select(documents, new MaskOptions { Quantile = .5, Budget = 1 }).Documents);
    }

    [Fact]
    public void Select_OrderFromOutside_IsWalkedAndRestricts()
    {
        var documents = Samples.Documents(3);
        var options = new MaskOptions { Quantile = .5, Budget = 1, DocumentOrder = ["d07", "without token scores", "d02"] };
        Assert.Equal(["d07", "d02"], MaskSelector.Select(documents, options).Documents.Select(d => d.Id));
    }

    [Fact]
    public void Select_WrongOptions_NamesAllOfThem()
    {
        var error = Assert.Throws<UsageException>(() => MaskSelector.Select(Samples.Documents(1), new MaskOptions { Quantile = 2, Window = -1, Budget = double.NaN }));
        Assert.All(["quantile", "window", "budget"], word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Select_NoTokens_BadInput() => Assert.Throws<BadInputException>(() => MaskSelector.Select([], new MaskOptions()));

    private static void Check(Action<int, int, double> property)
    {
        var arguments = from seed in Gen.Choose(0, 100_000) from window in Gen.Choose(0, 3) from budget in Gen.Choose(0, 60) select (seed, window, budget / 100.0);
        FsCheck.Check.One(Fixed, Prop.ForAll(arguments.ToArbitrary(), a => property(a.seed, a.window, a.Item3)));
    }
}
