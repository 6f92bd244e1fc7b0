namespace Tda.Labels.Classifiers;

/// <summary>
/// Puts the logits of several scorers together and calibrates them: <c>z_o = Σ_s a_s l_{s,o} + c_o</c>. With one scorer and one output it is
/// Platt's scaling (Platt 1999), with one scorer and several outputs temperature and vector scaling (Guo et al. 2017), with several scorers
/// stacking (Wolpert 1992).
/// </summary>
/// <param name="Slopes">a, (scorers).</param>
/// <param name="Offsets">c, (outputs).</param>
internal sealed record LogitMixture(double[] Slopes, double[] Offsets)
{
    private const double L2 = 1e-6; // keeps classes that are told apart without error from infinite slopes

    /// <summary>Fits by cross-entropy, on logits of texts that the scorers were not fitted on.</summary>
    /// <param name="logits">By text, by scorer, by output.</param>
    /// <param name="classes">Class of each text.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <returns>The mixture and its mean cross-entropy in nats.</returns>
    public static (LogitMixture Mixture, double Loss) Fit(IReadOnlyList<double[][]> logits, IReadOnlyList<int> classes, CancellationToken cancel)
    {
        var (scorers, outputs) = (logits[0].Length, logits[0][0].Length);
        var start = new double[scorers + outputs];
        Array.Fill(start, 1.0 / scorers, 0, scorers);
        var point = Lbfgs.Minimise(Loss, start, cancel);
        return (Of(point), Loss(point, new double[point.Length]));

        LogitMixture Of(double[] at) => new(at[..scorers], at[scorers..]);

        double Loss(double[] at, double[] gradient)
        {
            Array.Clear(gradient);
            var mixture = Of(at);
            var total = 0.0;
            for (var i = 0; i < logits.Count; i++)
            {
                var chances = ClassChances.Of(mixture.Mix(logits[i]));
                total -= Math.Log(Math.Max(chances[classes[i]], 1e-300)) / logits.Count;
                for (var output = 0; output < outputs; output++)
                {
                    var @class = outputs == 1 ? 1 : output;
                    var error = (chances[@class] - (classes[i] == @class ? 1 : 0)) / logits.Count;
                    gradient[scorers + output] += error;
                    for (var scorer = 0; scorer < scorers; scorer++)
                    {
                        gradient[scorer] += error * logits[i][scorer][output];
                    }
                }
            }

            for (var k = 0; k < at.Length; k++)
            {
                gradient[k] += L2 * at[k];
                total += L2 / 2 * at[k] * at[k];
            }

            return total;
        }
    }

    /// <summary>z of one text, from its logits by scorer and output.</summary>
    public double[] Mix(double[][] logits)
    {
        var mixed = (double[])Offsets.Clone();
        for (var scorer = 0; scorer < Slopes.Length; scorer++)
        {
            for (var output = 0; output < mixed.Length; output++)
            {
                mixed[output] += Slopes[scorer] * logits[scorer][output];
            }
        }

        return mixed;
    }
}
