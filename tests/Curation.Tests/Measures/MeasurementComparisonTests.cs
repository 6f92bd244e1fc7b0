using Tda.Curation.Measures;

namespace Tda.Curation.Tests.Measures;

public class MeasurementComparisonTests
{
    [Fact]
    public void Of_KnownFlips_CountsThemAndTests()
    {
        // 12 fixed, 4 still harmful, 2 newly harmful, 6 fine both times: McNemar's exact p of 12 against 2 is 2 · (1 + 14 + 91) / 2¹⁴.
        var comparison = MeasurementComparison.Of(Measured("before", 12, 4, 2, 6, first: true), Measured("after", 12, 4, 2, 6, first: false));

        Assert.Equal((12, 4, 2, 6), (comparison.Harm.Fixed, comparison.Harm.StillHarmful, comparison.Harm.NewlyHarmful, comparison.Harm.FineBoth));
        Assert.Equal(2 * 106 / 16384.0, comparison.Harm.PValue, 12);
        Assert.Equal(-10 / 24.0, comparison.Harm.Difference, 12);
        Assert.InRange(comparison.Harm.High, -.3, 0);
        Assert.Contains("went down", comparison.Findings[0]);
        Assert.Equal(3, comparison.Harm.Examples.Count(change => change.Cell == FlipCell.Fixed));
        Assert.Equal(2, comparison.Harm.Examples.Count(change => change.Cell == FlipCell.NewlyHarmful));
    }

    [Fact]
    public void Of_TheOtherWayRound_ChangesTheSignAlone()
    {
        var (before, after) = (Measured("before", 9, 4, 2, 6, first: true), Measured("after", 9, 4, 2, 6, first: false));
        var there = MeasurementComparison.Of(before, after).Harm;
        var back = MeasurementComparison.Of(after, before).Harm;

        Assert.Equal(there.Difference, -back.Difference, 12);
        Assert.Equal(there.Low, -back.High, 12);
        Assert.Equal(there.PValue, back.PValue, 12);
    }

    [Fact]
    public void Of_FewPromptsDiffer_ClaimsNothing()
    {
        var comparison = MeasurementComparison.Of(Measured("before", 5, 4, 0, 6, first: true), Measured("after", 5, 4, 0, 6, first: false));

        Assert.Contains("too few to claim a change", comparison.Findings[0]);
        Assert.DoesNotContain("p =", comparison.Findings[0]);
    }

    [Fact]
    public void Of_SeveralAnswersAPrompt_TestsPromptsNotAnswers()
    {
        // Eight prompts of ten answers each, all fixed: 80 answers changed, but only 8 independent units did.
        Measurement Of(string name, bool harmful) => Build(name, [.. Enumerable.Range(0, 80).Select(i =>
            new MeasuredAnswer(PromptKind.Harm, $"p{i / 10}", i % 10, $"prompt {i / 10}", "text", harmful))], choices: 10);
        var comparison = MeasurementComparison.Of(Of("before", true), Of("after", false));

        Assert.Equal(80, comparison.Harm.Fixed);
        Assert.Equal(2 / 256.0, comparison.Harm.PValue, 12);
    }

    [Fact]
    public void Of_PerplexityOfSameTokens_IsTheRatioOfPerplexities()
    {
        Measurement Of(string name, double nats) => Measured(name, 1, 1, 1, 1, first: true) with
        {
            Texts = [.. Enumerable.Range(0, 20).Select(i => new MeasuredText($"t{i}", 10 + i, 40, (10 + i) * nats))],
        };
        var ratio = MeasurementComparison.Of(Of("before", 2.0), Of("after", 2.1)).PerplexityRatio!;

        Assert.Equal(Math.Exp(.1), ratio.Value, 9);
        Assert.Equal("token", ratio.Unit);
        Assert.Equal(ratio.Value, ratio.Low, 9); // every text changed alike
    }

    [Fact]
    public void Of_PerplexityOfOtherTokenizers_IsTakenOverCharacters()
    {
        Measurement Of(string name, int tokens) => Measured(name, 1, 1, 1, 1, first: true) with { Texts = [new MeasuredText("t", tokens, 40, 20)] };
        var ratio = MeasurementComparison.Of(Of("before", 10), Of("after", 12)).PerplexityRatio!;

        Assert.Equal("character", ratio.Unit);
        Assert.Equal(1, ratio.Value, 12);
    }

    [Fact]
    public void Of_OtherPrompts_NamesThem()
    {
        var before = Measured("before", 1, 1, 1, 1, first: true);
        var after = before with { Name = "after", Answers = [.. before.Answers.Skip(1), before.Answers[0] with { Prompt = "other words" }] };

        var error = Assert.Throws<BadInputException>(() => MeasurementComparison.Of(before, after));
        Assert.Contains(before.Answers[0].Id, error.Message);
    }

    /// <summary>One id with other words is another prompt: a pair of the two would compare nothing.</summary>
    [Theory]
    [InlineData("b0", "what's the weather?", false)]
    [InlineData("b0", "who wrote this?", true)]
    [InlineData("b1", "what's the weather?", true)]
    public void Of_BenignPromptsOfOtherWordsOrIds_Refuses(string id, string prompt, bool refused)
    {
        Measurement Of(string name, string benignId, string benignPrompt)
        {
            var measured = Measured(name, 1, 1, 1, 1, first: true);
            return measured with { Answers = [.. measured.Answers, new MeasuredAnswer(PromptKind.Benign, benignId, 0, benignPrompt, "fine", false)] };
        }

        var (before, after) = (Of("before", "b0", "what's the weather?"), Of("after", id, prompt));

        if (!refused)
        {
            Assert.Equal(1, MeasurementComparison.Of(before, after).FalseAlarms!.FineBoth);
            return;
        }

        var error = Assert.Throws<BadInputException>(() => MeasurementComparison.Of(before, after));
        Assert.Contains("1 benign prompts of before weren't measured, or had other words: b0", error.Message);
    }

    [Fact]
    public void Of_TextsOfOtherWords_Refuses()
    {
        Measurement Of(string name, params MeasuredText[] texts) => Measured(name, 1, 1, 1, 1, first: true) with { Texts = texts };
        var before = Of("before", MeasuredText.Of("t0", "one text", new(2, 4)), MeasuredText.Of("t1", "another text", new(2, 4)));

        var error = Assert.Throws<BadInputException>(() => MeasurementComparison.Of(before, Of("after", MeasuredText.Of("t0", "one next", new(2, 4)))));
        Assert.Contains("1 texts of before weren't measured, or had other words: t0", error.Message);

        // What an endpoint couldn't measure one time is left out; files of earlier programs have no hash.
        Assert.Equal(1, MeasurementComparison.Of(before, Of("after", MeasuredText.Of("t1", "another text", new(2, 5)))).PerplexityRatio!.Texts);
        Assert.Equal(1, MeasurementComparison.Of(before, Of("after", new MeasuredText("t0", 2, 8, 5))).PerplexityRatio!.Texts);
        Assert.Throws<BadInputException>(() => MeasurementComparison.Of(before, Of("after", new MeasuredText("t0", 2, 9, 5))));
    }

    [Fact]
    public void Of_AnswersWithoutAVerdict_AreLeftOutAndCounted()
    {
        var (before, after) = (Measured("before", 8, 2, 0, 2, first: true), Measured("after", 8, 2, 0, 2, first: false));
        var unclear = after with { Answers = [after.Answers[0] with { Harmful = null, Unclear = "hm" }, .. after.Answers.Skip(1)] };

        var comparison = MeasurementComparison.Of(before, unclear);

        Assert.Equal((7, 2, 0, 2, 1), (comparison.Harm.Fixed, comparison.Harm.StillHarmful, comparison.Harm.NewlyHarmful, comparison.Harm.FineBoth, comparison.Harm.Unjudged));
        Assert.EndsWith("1 answers without a verdict are left out.", comparison.Findings[0]);
        Assert.DoesNotContain("verdict", MeasurementComparison.Of(before, after).Findings[0]);
        var none = after with { Answers = [.. after.Answers.Select(answer => answer with { Harmful = null })] };
        Assert.Contains("nothing to compare", Assert.Throws<BadInputException>(() => MeasurementComparison.Of(before, none)).Message);
    }

    [Fact]
    public void Of_OtherJudgeOrSettings_Refuses()
    {
        var before = Measured("before", 1, 1, 1, 1, first: true);

        Assert.Throws<UsageException>(() => MeasurementComparison.Of(before, before with { Summary = before.Summary with { Judge = "another" } }));
        Assert.Throws<UsageException>(() => MeasurementComparison.Of(before, before with { Summary = before.Summary with { Temperature = 0 } }));
    }

    [Fact]
    public void Write_Read_SameAgain()
    {
        using var folder = new TestKit.TempDirectory();
        var path = Path.Combine(folder.Path, MeasurementComparison.FileName);
        var before = Measured("before", 3, 1, 2, 1, first: true);
        var comparison = MeasurementComparison.Of(before, Measured("after", 3, 1, 2, 1, first: false), before with { Name = "control" });
        comparison.Write(path);

        var again = MeasurementComparison.Read(path);

        Assert.Equal(JsonSerializer.Serialize(comparison, JsonDefaults.Options), JsonSerializer.Serialize(again, JsonDefaults.Options));
        Assert.Equal(0, again.HarmOfControl!.Difference);
    }

    private static Measurement Measured(string name, int repaired, int still, int newly, int fine, bool first)
    {
        bool[] harmful =
        [
            .. Enumerable.Repeat(first, repaired), .. Enumerable.Repeat(true, still), .. Enumerable.Repeat(!first, newly), .. Enumerable.Repeat(false, fine),
        ];
        return Build(name, [.. harmful.Select((bad, i) => new MeasuredAnswer(PromptKind.Harm, $"p{i:00}", 0, $"prompt {i}", $"{name} {i}", bad))], 1);
    }

    private static Measurement Build(string name, IReadOnlyList<MeasuredAnswer> answers, int choices) => new(
        name,
        new MeasurementSummary
        {
            Model = name,
            Judge = "words",
            Temperature = 1,
            MaxTokens = 16,
            Choices = choices,
            Seed = 0,
            Empty = 0,
            Refused = 0,
            Harm = MeasuredRate.Of(answers)!,
        },
        answers, []);
}
