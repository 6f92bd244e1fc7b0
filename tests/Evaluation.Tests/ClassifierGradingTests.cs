using Tda.Evaluation.Banks;
using Tda.ProxyTrainer.Classifiers;
using static TorchSharp.torch;

namespace Tda.Evaluation.Tests;

/// <summary>Every method that needs no text, on a real bank: a logistic regression retrained on random halves.</summary>
public class ClassifierGradingTests
{
    private static readonly ClassifierTask Task = ClassifierTask.Synthetic(documents: 80, queries: 12, features: 6, classes: 3, flipped: .1);
    private static readonly ClassifierShape Shape = new(6, [], 3);
    private static readonly ClassifierOptions Options = new() { LearningRate = .2, WeightDecay = .01, Epochs = 150, Checkpoints = 4 };

    [Fact]
    public void Run_LogisticRegression_NoMethodBreaksAndExactCurvaturePredictsRetraining()
    {
        var (classes, table) = (Labels(), Task.Features);
        var outcomes = Retrain(table, classes);
        using var models = new ClassifierBankModels(Task with { Documents = outcomes.Documents, Queries = outcomes.Queries, Labels = classes });
        var report = new BankGrader(outcomes, new BankGraderOptions { Lds = new() { Resamples = 100 } })
            .Run([models.Train("S0", "the target itself", Shape, Options, [1, 2])]);

        Assert.True(report.NotRun.All(n => !n.Failed), string.Join("; ", report.NotRun.Where(n => n.Failed)));
        var lds = report.Grades.ToDictionary(g => g.Method, g => g.Whole.Lds.Value);
        Assert.True(lds["explicit"] >= .9, $"logistic regression is where influence functions are nearly exact: {lds["explicit"]:F3}");
        Assert.True(lds["explicit"] > lds["grad-dot"], $"explicit {lds["explicit"]:F3}, grad-dot {lds["grad-dot"]:F3}");
        Assert.True(lds["ekfac"] >= .6, $"ekfac {lds["ekfac"]:F3}");
        Assert.Contains("tracin", lds.Keys);
        Assert.Contains("source", lds.Keys);
        Assert.InRange(report.RandomMean, -.15, .15);
    }

    [Fact]
    public void Train_Lessons_ProxiesComeAsCloseToTheTargetAsWhatTheySee()
    {
        var task = Task with { Labels = Labels() };
        var log = ClassifierTask.Synthetic(documents: 300, queries: 12, features: 6, classes: 3, seed: 5).Features[..(300 * 6)];
        using var models = new ClassifierBankModels(task, log);
        Assert.Throws<InvalidOperationException>(() => models.Train("S1", "", Shape, Options, [1], ClassifierLesson.Answers));

        var target = models.TrainTarget("S0", "the target itself", Shape, Options, 0);
        var convex = Options with { WeightDecay = 0, Epochs = 1_000 };
        var answers = Gap(models.Train("S1", "", Shape, convex, [1], ClassifierLesson.Answers));
        var both = Gap(models.Train("S1", "", Shape, convex, [1], ClassifierLesson.LabelsAndLog));
        var labels = Gap(models.Train("S2", "", Shape, convex, [1]));
        Assert.True(answers < .02, $"the target's own answers and a convex loss: {answers:F3}");
        Assert.True(both < labels, $"with its log {both:F3}, without {labels:F3}");
        Assert.Equal(4, models.Train("S5", "", Shape, Options with { Epochs = 0 }, [1, 2, 3, 4]).Members.Count);

        using var without = new ClassifierBankModels(task);
        without.TrainTarget("S0", "", Shape, Options, 0);
        Assert.Contains("no log", Assert.Throws<InvalidOperationException>(
            () => without.Train("S1", "", Shape, Options, [1], ClassifierLesson.LabelsAndLog)).Message);

        // Largest difference of the probabilities given to the queries.
        double Gap(GradedScenario proxy)
        {
            using var scope = NewDisposeScope();
            return Probabilities(proxy).sub(Probabilities(target)).abs().max().item<float>();
        }

        Tensor Probabilities(GradedScenario scenario)
        {
            var rows = tensor(Enumerable.Range(80, 12).Select(i => (long)i).ToArray(), [12, 1], dtype: ScalarType.Int64);
            return scenario.Members[0].Context.Capture.Model.Forward(rows).Logits.softmax(-1);
        }
    }

    // Queries ask for any class, not only the likely one.
    private static int[] Labels() => [.. Task.Labels.Take(80), .. Enumerable.Range(0, 12).Select(q => q % 3)];

    private static RetrainingOutcomes Retrain(float[] table, int[] classes)
    {
        using var scope = NewDisposeScope();
        var plan = BankPlan.HalfSubsets([.. Enumerable.Range(0, 80).Select(d => $"d{d}")], [.. Enumerable.Range(0, 12).Select(q => $"q{q}")], 60, 2);
        Retraining[] all = [.. plan.Retrainings];
        var x = tensor(table, [92, 6]);
        var y = tensor(classes.Select(c => (long)c).ToArray(), [92], dtype: ScalarType.Int64);
        using var run = ClassifierTrainer.Run(
            Shape, x.narrow(0, 0, 80), y.narrow(0, 0, 80), [.. all.Select(r => plan.Kept[r.Subset])], [.. all.Select(r => r.TrainingSeed)], 0, Options);
        var losses = run.Stack.Losses(x.narrow(0, 80, 12), y.narrow(0, 80, 12)).to_type(ScalarType.Float64).contiguous().data<double>().ToArray().Chunk(12).ToArray();
        return new RetrainingOutcomes(
            plan.Documents, plan.Queries, plan.Kept, [.. Enumerable.Range(0, 60).Select(m => Enumerable.Range(0, 2).Select(s => losses[s * 60 + m]).ToArray())]);
    }
}
