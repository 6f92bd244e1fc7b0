using Tda.Evaluation.Banks;
using Tda.Evaluation.Tests.Reference;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

public class BankGraderTests
{
    private static readonly TinyModel[] Models = [new(seed: 1), new(seed: 2), new(seed: 3)];
    private static readonly MemoryRows Documents = Rows.Random(30);
    private static readonly MemoryRows Queries = Rows.Random(4, seed: 8);

    [Fact]
    public void Run_TruthIsGradDot_GradDotIsOneAndFirst()
    {
        var report = new BankGrader(Truth("grad-dot", Models[..1]), new BankGraderOptions { Methods = ["ekfac", "grad-dot", "grad-cos"] })
            .Run([Scenario("S0", Models[0])]);
        Assert.Equal("grad-dot", report.Grades[0].Method);
        Assert.Equal(1, report.Grades[0].Whole.Lds.Value, 3);
        Assert.True(report.Grades[2].Whole.Lds.Value < .99);
        Assert.Equal((30, 4, 40, 1.0), (report.Documents, report.Queries, report.Subsets, Math.Round(report.Ceiling!.Ceiling, 6)));
        Assert.InRange(report.RandomLargest, 0, .5);
        Assert.Empty(report.NotRun);
    }

    [Fact]
    public void Run_Ensemble_GradesTheMeanOfTheMembersScores()
    {
        var report = new BankGrader(Truth("grad-dot", Models), new BankGraderOptions { Methods = ["grad-dot"] }).Run([Scenario("S1", Models)]);
        var grade = Assert.Single(report.Grades);
        Assert.Equal(3, grade.Members);
        Assert.Equal(1, grade.Whole.Lds.Value, 3);
        Assert.True(grade.Single < .97, $"one of three models can't know the mean of all: {grade.Single:F3}");
        Assert.NotNull(grade.Consistency);
    }

    [Fact]
    public void Run_MethodsThatLackSomething_AreNamedWithTheReason()
    {
        var told = 0;
        var report = new BankGrader(Truth("grad-dot", Models[..1]), new BankGraderOptions()).Run([Scenario("S0", Models[0])], _ => told++);
        Assert.Equal(AttributionMethods.OnRows.Count, told);
        Assert.Equal(AttributionMethods.OnRows.Select(m => m.Name).Order(), report.Grades.Select(g => g.Method).Concat(report.NotRun.Select(n => n.Method)).Order());
        Assert.DoesNotContain(report.NotRun, n => n.Failed);
        Assert.Contains(report.NotRun, n => n.Method == "tracin" && n.Reason.Contains("checkpoints"));
        Assert.Contains(report.Grades, g => g.Method == "ekfac");
    }

    [Fact]
    public void Run_OtherDocumentsThanTheBank_SaysWhich()
    {
        var bank = Truth("grad-dot", Models[..1]);
        var other = new GradedMember(new InfluenceContext { Capture = new GradientCapture(Models[0]), Documents = Rows.Random(29) }, Queries);
        Assert.Contains("29 documents", Assert.Throws<UsageException>(() =>
            new BankGrader(bank, new BankGraderOptions()).Run([new GradedScenario("S0", "", [other])])).Message);
        Assert.Contains("no method nonsense", Assert.Throws<UsageException>(() =>
            new BankGrader(bank, new BankGraderOptions { Methods = ["nonsense"] }).Run([])).Message);
    }

    [Fact]
    public void Run_MethodOfMeasuredLosses_IsFittedOnOtherSubsetsThanAllAreGradedOn()
    {
        var bank = Truth("grad-dot", Models[..1]);
        var options = new BankGraderOptions
        {
            Methods = ["datamodel", "grad-cos"],
            Method = new MethodOptions { Datamodel = new DatamodelOptions { Priors = ["grad-cos"] } },
            FitShare = .6,
        };
        var report = new BankGrader(bank, options).Run([Scenario("S0", Models[0])]);
        Assert.Empty(report.NotRun);
        Assert.Equal((24, 16), (report.FittedOn, report.Subsets));
        Assert.Equal(16, report.Grades[1].Whole.Subsets);
        Assert.Equal("datamodel", report.Grades[0].Method);
        Assert.True(report.Grades[0].Whole.Lds.Value > report.Grades[1].Whole.Lds.Value, "measurements can only help in an additive world");
        var (fitted, graded) = (HeldOut.Fitted(bank, options)!, HeldOut.Graded(bank, options));
        Assert.Empty(fitted.Kept.Intersect(graded.Kept));
        Assert.Equal(40, fitted.Subsets + graded.Subsets);
    }

    [Fact]
    public void Run_FittedOnAnotherBank_LeavesItsGradedSubsetsOut()
    {
        var bank = Truth("grad-dot", Models[..1]);
        var half = bank with { Kept = [.. bank.Kept.Take(15)], Losses = [.. bank.Losses.Take(15)] };
        var options = new BankGraderOptions { Methods = ["datamodel"], FitOutcomes = bank };
        Assert.Equal(25, HeldOut.Fitted(half, options)!.Subsets);
        Assert.Same(half, HeldOut.Graded(half, options));
        Assert.Contains("another --seed", Assert.Throws<UsageException>(() => new BankGrader(bank, options)).Message);
        Assert.Null(HeldOut.Fitted(bank, new BankGraderOptions()));
    }

    private static GradedScenario Scenario(string name, params TinyModel[] models) => new(name, "test", [.. models.Select(m =>
        new GradedMember(new InfluenceContext { Capture = new GradientCapture(m), Documents = Documents }, Queries))]);

    // A bank whose losses are what a method's mean scores say, exactly.
    private static RetrainingOutcomes Truth(string method, TinyModel[] models)
    {
        var bank = new AdditiveBank(documents: 30, queries: 4, subsets: 40);
        for (var q = 0; q < 4; q++)
        {
            bank.Scores.Row(q).Clear();
        }

        Target[] targets = [.. Enumerable.Range(0, 4).Select(q => new Target($"doc-{q}", [q]))];
        foreach (var model in models)
        {
            var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = Documents };
            using var influence = AttributionMethods.Create(method, context, new MethodOptions(), NullProgress.Instance, default);
            var scores = influence.Score(Documents, Queries, targets, Normalisation.None, _ => { }, NullProgress.Instance, default);
            for (var q = 0; q < 4; q++)
            {
                for (var d = 0; d < 30; d++)
                {
                    bank.Scores[q, d] += scores[q, d] / models.Length;
                }
            }
        }
        return bank.Of(bank.Outcomes.Kept, 2, 0, new Random(1)) with { Queries = [.. targets.Select(t => t.Id)] };
    }
}
