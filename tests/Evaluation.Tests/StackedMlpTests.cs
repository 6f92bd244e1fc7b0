using Tda.Evaluation.Proxies;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Evaluation.Tests;

public class StackedMlpTests
{
    private static readonly ProxyTask Task = ProxyTask.Synthetic(training: 24, queries: 5, inputs: 4, classes: 3);
    private static readonly MlpShape Shape = new([6], MlpActivation.Tanh);
    private static readonly ProxyStudyOptions Options = new() { Batch = 4 };

    [Fact]
    public void Train_AloneOrBesideOthers_SameModel()
    {
        using var scope = NewDisposeScope();
        var (x, t) = Data();
        int[][] examples = [[.. Enumerable.Range(0, 12)], [.. Enumerable.Range(6, 12)]];
        using var alone = new StackedMlp(1, 4, 3, Shape, seed: 1);
        using var beside = new StackedMlp(2, 4, 3, Shape, seed: 1);
        alone.Train(x, t, [examples[0]], Options, 5, 2, default);
        beside.Train(x, t, examples, Options, 5, 2, default);
        Numbers.Close(alone.Losses(x, Task.Labels)[0], beside.Losses(x, Task.Labels)[0], 1e-5, "models that are trained side by side must not mix");
    }

    [Fact]
    public void Train_OneStep_MatchesPlainLoops()
    {
        using var scope = NewDisposeScope();
        var (x, t) = Data();
        using var model = new StackedMlp(1, 4, 3, new MlpShape([], MlpActivation.Tanh), seed: 1);
        var (w, b) = (Weights(model), new double[3]);
        int[] batch = [3, 5, 7, 11];
        model.Train(x, t, [batch], Options, 1, 2, default);

        // Softmax regression by hand: dL/dz = p − onehot, mean over the batch, weight decay in the gradient.
        var (gw, gb) = (new double[4, 3], new double[3]);
        foreach (var i in batch)
        {
            double[] z = [.. Enumerable.Range(0, 3).Select(c => b[c] + Enumerable.Range(0, 4).Sum(j => Task.Training[i][j] * w[j, c]))];
            var total = z.Sum(Math.Exp);
            for (var c = 0; c < 3; c++)
            {
                var s = (Math.Exp(z[c]) / total - (Task.Labels[i] == c ? 1 : 0)) / batch.Length;
                gb[c] += s;
                for (var j = 0; j < 4; j++)
                {
                    gw[j, c] += s * Task.Training[i][j];
                }
            }
        }
        var expected = new List<double>();
        for (var j = 0; j < 4; j++)
        {
            for (var c = 0; c < 3; c++)
            {
                expected.Add(w[j, c] - Options.LearningRate * (gw[j, c] + Options.WeightDecay * w[j, c]));
            }
        }
        Numbers.Close([.. expected], Flat(Weights(model)), 1e-5, "one step of softmax regression");
    }

    [Fact]
    public void Member_Forward_MatchesStack()
    {
        using var scope = NewDisposeScope();
        var (x, _) = Data();
        using var model = new StackedMlp(3, 4, 3, new MlpShape([6, 5], MlpActivation.Relu), seed: 4);
        using var member = model.Member(1, x);
        using var forward = member.Forward(tensor(new long[] { 7, 0 }, [2, 1], dtype: ScalarType.Int64));
        var expected = model.Logits(x).select(0, 1);
        Numbers.Close(cat([expected.narrow(0, 7, 1), expected.narrow(0, 0, 1)], 0), forward.Logits.reshape(2, 3), 1e-6, "the member's logits");
        Assert.Equal([new ModuleShape("layers.0", 4, 6, true), new ModuleShape("layers.1", 6, 5, true), new ModuleShape("layers.2", 5, 3, true)], member.Modules);
    }

    private static (Tensor Inputs, Tensor Targets) Data()
    {
        var x = tensor(Task.Training.SelectMany(r => r).ToArray(), [24, 4]);
        var t = new float[24 * 3];
        for (var i = 0; i < 24; i++)
        {
            t[i * 3 + Task.Labels[i]] = 1;
        }

        return (x, tensor(t, [24, 3]));
    }

    // The weights of a layer without hidden ones, read off its logits at the unit vectors.
    private static double[,] Weights(StackedMlp model)
    {
        var units = cat([eye(4), zeros([1, 4])], 0);
        var z = Numbers.Of(model.Logits(units).select(0, 0));
        var w = new double[4, 3];
        for (var j = 0; j < 4; j++)
        {
            for (var c = 0; c < 3; c++)
            {
                w[j, c] = z[j * 3 + c] - z[12 + c];
            }
        }
        return w;
    }

    private static double[] Flat(double[,] w) => [.. w.Cast<double>()];
}
