using Tda.Labels.Classifiers;

namespace Tda.Labels.Tests.Classifiers;

public sealed class LinearHeadTests
{
    [Theory]
    [InlineData(2, 1e-2)]
    [InlineData(2, 1e-4)]
    [InlineData(4, 1e-3)]
    public void Fit_AnyClasses_FindsTheMinimumThatPlainDescentFinds(int classes, double l2)
    {
        var (vectors, labels) = Data(classes);
        var head = LinearHead.Fit(vectors, labels, classes, l2);

        var (weights, bias) = Slowly(vectors, labels, classes, l2);
        for (var output = 0; output < weights.Length; output++)
        {
            Assert.Equal(bias[output] - bias[0], head.Bias[output] - head.Bias[0], 2e-3); // softmax leaves a common bias open
            Assert.All(weights[output].Zip(head.Weights[output]), pair => Assert.Equal(pair.First, pair.Second, 5e-3 * Math.Max(1, Math.Abs(pair.First))));
        }
    }

    [Fact]
    public void Fit_MoreOfOneClass_WeighsClassesEqually()
    {
        var (vectors, labels) = Data(2);
        var plain = LinearHead.Fit(vectors, labels, 2, 1e-3);
        List<int> ones = [.. Enumerable.Range(0, labels.Count).Where(i => labels[i] == 1)];
        var doubled = LinearHead.Fit([.. vectors, .. ones.Select(i => vectors[i])], [.. labels, .. ones.Select(_ => 1)], 2, 1e-3);

        Assert.All(plain.Weights[0].Zip(doubled.Weights[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void Mixture_OfLogitsThatAreTwiceTooLarge_HalvesThem()
    {
        var random = new Random(3);
        List<double[][]> logits = [];
        List<int> classes = [];
        for (var i = 0; i < 20_000; i++)
        {
            var truth = (random.NextDouble() * 6) - 3;
            classes.Add(random.NextDouble() < 1 / (1 + Math.Exp(-(truth - .5))) ? 1 : 0);
            logits.Add([[2 * truth], [random.NextDouble()]]); // the second scorer knows nothing
        }

        var (mixture, loss) = LogitMixture.Fit(logits, classes, default);

        Assert.Equal(.5, mixture.Slopes[0], .03);
        Assert.Equal(0, mixture.Slopes[1], .1);
        Assert.Equal(-.5, mixture.Offsets[0], .1);
        Assert.True(loss < LogitMixture.Fit([.. logits.Select(one => new[] { one[1] })], classes, default).Loss);
    }

    private static (List<float[]> Vectors, List<int> Classes) Data(int classes)
    {
        var random = new Random(7);
        List<float[]> vectors = [];
        List<int> labels = [];
        for (var i = 0; i < 60; i++)
        {
            var label = i % classes;
            vectors.Add([.. Enumerable.Range(0, 5).Select(k => (float)(random.NextDouble() - .5 + (k == label ? .4 : 0)))]);
            labels.Add(label);
        }

        return (vectors, labels);
    }

    /// <summary>The definition, minimised by gradient descent with a fixed step, in double.</summary>
    private static (double[][] Weights, double[] Bias) Slowly(List<float[]> vectors, List<int> labels, int classes, double l2)
    {
        var outputs = classes == 2 ? 1 : classes;
        var weights = Enumerable.Range(0, outputs).Select(_ => new double[vectors[0].Length]).ToArray();
        var bias = new double[outputs];
        for (var step = 0; step < 60_000; step++)
        {
            var slopes = weights.Select(row => row.Select(w => l2 * w).ToArray()).ToArray();
            var biases = new double[outputs];
            for (var i = 0; i < vectors.Count; i++)
            {
                double[] logits = [.. weights.Select((row, o) => bias[o] + row.Zip(vectors[i], (w, x) => w * x).Sum())];
                double[] chances = outputs == 1 ? [1 / (1 + Math.Exp(-logits[0]))] : [.. logits.Select(z => Math.Exp(z) / logits.Sum(Math.Exp))];
                var weight = 1.0 / classes / labels.Count(label => label == labels[i]);
                for (var o = 0; o < outputs; o++)
                {
                    var error = weight * (chances[o] - (labels[i] == (outputs == 1 ? 1 : o) ? 1 : 0));
                    biases[o] += error;
                    for (var k = 0; k < slopes[o].Length; k++)
                    {
                        slopes[o][k] += error * vectors[i][k];
                    }
                }
            }

            for (var o = 0; o < outputs; o++)
            {
                bias[o] -= 2 * biases[o];
                for (var k = 0; k < weights[o].Length; k++)
                {
                    weights[o][k] -= 2 * slopes[o][k];
                }
            }
        }

        return (weights, bias);
    }
}
