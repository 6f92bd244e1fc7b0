using Tda.Evaluation.Banks;
using Tda.Evaluation.Detection;
using Tda.ProxyTrainer.Classifiers;

namespace Tda.Evaluation.Tests;

public class LabelSuspicionTests
{
    [Fact]
    public void Of_PlantedLabels_AreTheMostSuspiciousByEveryMeasure()
    {
        var (task, wrong) = Planted(documents: 200, right: 40);
        var suspicion = LabelSuspicion.Of(task);
        Assert.Equal(["self_influence", "loss", "influence_on_right"], suspicion.Measures.Select(measure => measure.Name));
        foreach (var (name, scores) in suspicion.Measures)
        {
            var auroc = MislabelledGrader.Grade(scores, wrong).Detection.Auroc.Value;
            Assert.True(auroc >= .9, $"{name}: AUROC {auroc:f3}");
        }
    }

    [Fact]
    public void Of_NoRightExamples_LeavesTheirMeasureOut()
    {
        var (task, _) = Planted(documents: 60, right: 0);
        var suspicion = LabelSuspicion.Of(task);
        Assert.Null(suspicion.OnRight);
        Assert.Equal(["self_influence", "loss"], suspicion.Measures.Select(measure => measure.Name));
        Assert.All(suspicion.SelfInfluence, self => Assert.True(self >= 0));
    }

    [Fact]
    public void Of_AnotherOrder_SameSuspicion()
    {
        var (task, _) = Planted(documents: 60, right: 10);
        int[] order = [.. Enumerable.Range(0, 60).Reverse(), .. Enumerable.Range(60, 10)];
        var other = task with
        {
            Documents = [.. order.Take(60).Select(d => task.Documents[d])],
            Labels = [.. order.Select(d => task.Labels[d])],
            Features = [.. order.SelectMany(d => task.Features[(d * 8)..((d + 1) * 8)])],
        };
        var (expected, actual) = (LabelSuspicion.Of(task), LabelSuspicion.Of(other));
        for (var d = 0; d < 60; d++)
        {
            Assert.Equal(expected.Loss[d], actual.Loss[59 - d], 3);
        }
    }

    private static (ClassifierTask Task, bool[] Wrong) Planted(int documents, int right)
    {
        const int features = 8;
        var random = SplitMix64.Of(3);
        var total = documents + right;
        var (labels, table, wrong) = (new int[total], new float[total * features], new bool[documents]);
        for (var i = 0; i < total; i++)
        {
            labels[i] = random.NextInt(2);
            for (var j = 0; j < features; j++)
            {
                table[(i * features) + j] = (float)(((labels[i] * 2) - 1) * (j < 4 ? .8 : 0) + random.NextNormal());
            }

            if (i < documents && random.NextDouble() < .1)
            {
                (wrong[i], labels[i]) = (true, 1 - labels[i]);
            }
        }

        return (new ClassifierTask
        {
            Documents = [.. Enumerable.Range(0, documents).Select(i => $"d{i}")],
            Queries = [.. Enumerable.Range(0, right).Select(i => $"r{i}")],
            Labels = labels,
            Features = table,
            Shape = new ClassifierShape(features, [], 2),
            Training = new ClassifierOptions { LearningRate = .5, Momentum = .9, WeightDecay = .01, Epochs = 200 },
        }, wrong);
    }
}
