using Tda.Curation.Measures;

namespace Tda.Curation.Tests.Measures;

public class PlanComparisonTests
{
    /// <summary>Two seeds, eight prompts of one answer: 8 and 6 harmful before, 2 and 0 with the plan, 8 and 4 with the control.</summary>
    [Fact]
    public void Of_KnownAnswers_MeansOverSeedsAndPairedDifferences()
    {
        var plans = PlanComparison.Of(SamplePlans.Seeds, [SamplePlans.Arm("before", PlanKind.Before, 8, 6), SamplePlans.Arm("plan", PlanKind.Plan, 2, 0), SamplePlans.Arm("random", PlanKind.Control, 8, 4)]);

        Assert.Equal(8, plans.Prompts);
        Assert.Equal(["before", "plan", "random"], plans.Plans.Select(plan => plan.Name));
        Assert.Equal([14 / 16.0, 2 / 16.0, 12 / 16.0], plans.Plans.Select(plan => plan.Harm.Value));
        Assert.Equal([.25, 0], plans.Plans[1].HarmBySeed);
        Assert.Null(plans.Plans[0].HarmLessBefore);
        Assert.Equal(-12 / 16.0, plans.Plans[1].HarmLessBefore!.Value, 12);
        var against = Assert.Single(plans.Differences);
        Assert.Equal(("plan", "random", -10 / 16.0), (against.Plan, against.Other, against.Harm.Value));
        Assert.True(against.Harm.High < 0, $"{against.Harm}");

        // Prompts 0 and 1 were harmful with both seeds of the control and one of the plan: −1 each; 2 and 3: −2 each; 4 to 7: −1 each.
        Assert.Equal(Proportions.SignFlipTest([-1, -1, -2, -2, -1, -1, -1, -1]), against.PValue, 12);
    }

    /// <summary>What is paired cancels: a model against one that answers alike differs by nothing, however few prompts are drawn.</summary>
    [Fact]
    public void Of_AlikeAnswersAndTexts_DiffersByNothingInEveryDraw()
    {
        var plans = PlanComparison.Of(SamplePlans.Seeds, [SamplePlans.Arm("before", PlanKind.Before, 5, 3), SamplePlans.Arm("plan", PlanKind.Plan, 5, 3), SamplePlans.Arm("other", PlanKind.Control, 5, 3)]);

        var against = Assert.Single(plans.Differences);
        Assert.Equal(new Interval(0, 0, 0), against.Harm);
        Assert.Equal((1, 1, 1), (against.PerplexityRatio!.Value, against.PerplexityRatio.Low, against.PerplexityRatio.High));
        Assert.Equal(1, against.PValue);
        Assert.True(plans.Plans[1].Harm.Low < plans.Plans[1].Harm.High);
    }

    [Fact]
    public void Of_OtherOrderOfAnswersAndTexts_SameFigures()
    {
        PlanArm[] arms = [SamplePlans.Arm("before", PlanKind.Before, 7, 3), SamplePlans.Arm("plan", PlanKind.Plan, 2, 1), SamplePlans.Arm("other", PlanKind.Control, 4, 4)];
        PlanArm[] turned = [.. arms.Select(arm => arm with
        {
            Measured = [.. arm.Measured.Select(one => one with { Answers = [.. one.Answers.Reverse()], Texts = [.. one.Texts.Reverse()] })],
        })];

        Assert.Equal(Json(PlanComparison.Of(SamplePlans.Seeds, arms)), Json(PlanComparison.Of(SamplePlans.Seeds, turned)));
    }

    /// <summary>The interval against loops that draw the same seeds and prompts.</summary>
    [Fact]
    public void Of_Interval_IsOfSeedsAndPromptsDrawnWithReplacement()
    {
        int[] harmful = [7, 3];
        var rates = new List<double>();
        var random = SplitMix64.Of(new BootstrapOptions().Seed);
        for (var i = 0; i < new BootstrapOptions().Resamples; i++)
        {
            int[] seeds = [random.NextInt(2), random.NextInt(2)];
            var prompts = new int[8];
            for (var j = 0; j < 8; j++)
            {
                prompts[j] = random.NextInt(8);
            }

            var hits = 0;
            foreach (var seed in seeds)
            {
                foreach (var prompt in prompts)
                {
                    hits += prompt < harmful[seed] ? 1 : 0;
                }
            }

            rates.Add(hits / 16.0);
        }

        rates.Sort();
        var found = PlanComparison.Of(SamplePlans.Seeds, [SamplePlans.Arm("before", PlanKind.Before, 7, 3), SamplePlans.Arm("plan", PlanKind.Plan, 0, 0)]).Plans[0].Harm;

        Assert.InRange(found.Low, rates[24], rates[25]); // .025 · 999 = 24.975
        Assert.InRange(found.High, rates[974], rates[975]);
    }

    [Fact]
    public void Of_Texts_PerplexityAndWhatWasForeseen()
    {
        var plans = PlanComparison.Of(SamplePlans.Seeds, [SamplePlans.Arm("before", PlanKind.Before, 1, 1), SamplePlans.Arm("plan", PlanKind.Plan, 1, 1, nats: 2.1)]);

        // Three texts of 10 tokens and 4 words, of which 3 tokens and 1 word are right.
        Assert.Equal(Math.Exp(2), plans.Plans[0].Perplexity!.Value, 9);
        Assert.Equal(Math.Exp(.1), plans.Plans[1].PerplexityOverBefore!.Value, 9);
        Assert.Equal((.3, .25), (plans.Plans[0].NextToken!.Value, plans.Plans[0].Words!.Value));
    }

    [Fact]
    public void Of_TextsWithoutForesightOrNone_SaysNothingOfThem()
    {
        Measurement Blind(Measurement one) => one with { Texts = [.. one.Texts.Select(text => text with { Foresight = null })] };
        Measurement None(Measurement one) => one with { Texts = [] };
        PlanComparison Of(Func<Measurement, Measurement> change) => PlanComparison.Of(SamplePlans.Seeds,
            [.. ((PlanArm[])[SamplePlans.Arm("before", PlanKind.Before, 1, 1), SamplePlans.Arm("plan", PlanKind.Plan, 1, 1)]).Select(arm => arm with { Measured = [.. arm.Measured.Select(change)] })]);

        Assert.True(Of(Blind).Plans[1] is { Words: null, NextToken: null, Perplexity: not null });
        Assert.True(Of(None).Plans[1] is { Words: null, Perplexity: null, PerplexityOverBefore: null });
    }

    [Fact]
    public void Of_OtherPromptsOrTexts_Refuses()
    {
        var before = SamplePlans.Arm("before", PlanKind.Before, 1, 1);
        var plan = SamplePlans.Arm("plan", PlanKind.Plan, 1, 1);
        PlanArm With(Func<Measurement, Measurement> change) => plan with { Measured = [plan.Measured[0], change(plan.Measured[1])] };

        Assert.Throws<BadInputException>(() => PlanComparison.Of(SamplePlans.Seeds, [before, With(one => one with { Answers = [.. one.Answers.Skip(1)] })]));
        var fewer = Assert.Throws<BadInputException>(() => PlanComparison.Of(SamplePlans.Seeds, [before, With(one => one with { Texts = [.. one.Texts.Skip(1)] })]));
        Assert.Contains("2 texts, with before-0 on 3", fewer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Read_SameAgain()
    {
        using var folder = new TestKit.TempDirectory();
        var plans = PlanComparison.Of(SamplePlans.Seeds, [SamplePlans.Arm("before", PlanKind.Before, 7, 3), SamplePlans.Arm("plan", PlanKind.Plan, 2, 1), SamplePlans.Arm("dpo", PlanKind.Control, 4, 4)]);
        plans.Write(folder[PlanComparison.FileName]);

        Assert.Equal(Json(plans), Json(PlanComparison.Read(folder[PlanComparison.FileName])));
    }

    private static string Json(PlanComparison plans) => JsonSerializer.Serialize(plans, JsonDefaults.Options);
}
