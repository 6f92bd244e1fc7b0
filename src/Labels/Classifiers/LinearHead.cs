using System.Numerics.Tensors;

namespace Tda.Labels.Classifiers;

/// <summary>
/// A linear layer over unit vectors, <c>logits = x Wᵀ + b</c>: (width) to (outputs). Of one output the logit is the second class's against
/// the first (logistic regression), of several each class has one (multinomial logistic regression).
/// </summary>
/// <param name="Weights">W, (outputs, width).</param>
/// <param name="Bias">b, (outputs).</param>
public sealed record LinearHead(float[][] Weights, float[] Bias)
{
    /// <summary>Logits of one vector.</summary>
    public double[] Logits(ReadOnlySpan<float> vector)
    {
        var logits = new double[Bias.Length];
        for (var output = 0; output < logits.Length; output++)
        {
            logits[output] = TensorPrimitives.Dot(Weights[output], vector) + Bias[output];
        }

        return logits;
    }

    /// <summary>
    /// Fits by minimising <c>mean_c(mean over class c of cross-entropy) + λ/2 ‖W‖²</c>, so that classes weigh equally; convex, by
    /// <see cref="Lbfgs"/>, without any chance in it.
    /// </summary>
    /// <param name="vectors">Inputs, all of one width.</param>
    /// <param name="classes">Class of each, from 0; each class occurs.</param>
    /// <param name="count">Classes, at least 2.</param>
    /// <param name="l2">λ, above 0.</param>
    /// <param name="cancel">Stops between steps.</param>
    public static LinearHead Fit(IReadOnlyList<float[]> vectors, IReadOnlyList<int> classes, int count, double l2, CancellationToken cancel = default)
    {
        var (outputs, width) = (count == 2 ? 1 : count, vectors[0].Length);
        var shares = new double[count];
        foreach (var one in classes)
        {
            shares[one]++;
        }

        // Each output's weights, then its bias.
        var w = Lbfgs.Minimise(Loss, new double[outputs * (width + 1)], cancel);
        return new LinearHead(
            [.. Enumerable.Range(0, outputs).Select(o => Array.ConvertAll(w[(o * (width + 1))..((o * (width + 1)) + width)], x => (float)x))],
            [.. Enumerable.Range(0, outputs).Select(o => (float)w[(o * (width + 1)) + width])]);

        double Loss(double[] at, double[] into)
        {
            Array.Clear(into);
            var single = Array.ConvertAll(at, x => (float)x);
            var sums = new float[into.Length];
            var total = 0.0;
            for (var i = 0; i < vectors.Count; i++)
            {
                var logits = new double[outputs];
                for (var o = 0; o < outputs; o++)
                {
                    logits[o] = TensorPrimitives.Dot<float>(vectors[i], single.AsSpan(o * (width + 1), width)) + at[(o * (width + 1)) + width];
                }

                var chances = ClassChances.Of(logits);
                var weight = 1 / (count * shares[classes[i]]);
                total -= weight * Math.Log(Math.Max(chances[classes[i]], 1e-300));
                for (var o = 0; o < outputs; o++)
                {
                    var @class = outputs == 1 ? 1 : o;
                    var error = weight * (chances[@class] - (classes[i] == @class ? 1 : 0));
                    var row = sums.AsSpan(o * (width + 1), width);
                    TensorPrimitives.MultiplyAdd(vectors[i], (float)error, row, row);
                    into[(o * (width + 1)) + width] += error;
                }
            }

            for (var k = 0; k < into.Length; k++)
            {
                if (k % (width + 1) != width)
                {
                    into[k] = sums[k] + (l2 * at[k]);
                    total += l2 / 2 * at[k] * at[k];
                }
            }

            return total;
        }
    }
}

/// <summary>Probabilities of classes from logits.</summary>
internal static class ClassChances
{
    /// <summary>Of one logit the two classes' by the logistic function, of several each class's by softmax.</summary>
    public static double[] Of(IReadOnlyList<double> logits)
    {
        if (logits.Count == 1)
        {
            var second = 1 / (1 + Math.Exp(-logits[0]));
            return [1 - second, second];
        }

        var largest = logits.Max();
        double[] powers = [.. logits.Select(logit => Math.Exp(logit - largest))];
        var sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }
}
