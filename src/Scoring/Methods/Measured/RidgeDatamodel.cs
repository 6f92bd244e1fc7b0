namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// Datamodels by ridge regression: <c>min Σ_S (loss_S − b − Σ_{m∈S} w_m)² + κ‖w‖²</c>, in closed form in the dual,
/// <c>w = Xᵀ H (H X Xᵀ H + κI)⁻¹ loss</c>. κ minimises the exact leave-one-out error (Allen's PRESS 1974), <c>Σ_S [r_S / (1 − h_S)]²</c>
/// with residuals r and leverages h, the intercept's 1/M included; so nothing is drawn, and the order of subsets doesn't matter.
/// </summary>
public static class RidgeDatamodel
{
    private const int Penalties = 61; // ten a decade, from 1e-3 to 1e3 times the mean eigenvalue

    /// <summary>The scores −w of N documents, in nats a document, and κ.</summary>
    /// <param name="design">The subsets; with a group share of 1, each group has one effect.</param>
    /// <param name="losses">Measured loss in every subset, in nats, (M).</param>
    public static (double[] Scores, double Penalty) Fit(InclusionDesign design, double[] losses)
    {
        var along = design.Along(losses);
        var mean = losses.Average();
        var scale = Math.Max(design.Values.Average(), double.Epsilon);
        var penalty = Enumerable.Range(0, Penalties).Select(i => scale * Math.Pow(10, -3 + i / 10.0)).MinBy(Press);
        return (Scores(design, along, penalty), penalty);

        double Press(double candidate)
        {
            var sum = 0.0;
            for (var m = 0; m < design.Subsets; m++)
            {
                var row = design.DirectionsOf(m);
                var (fitted, leverage) = (mean, 1.0 / design.Subsets);
                for (var k = 0; k < row.Length; k++)
                {
                    var kept = design.Values[k] / (design.Values[k] + candidate);
                    fitted += row[k] * kept * along[k];
                    leverage += row[k] * row[k] * kept;
                }

                var left = (losses[m] - fitted) / Math.Max(1 - leverage, 1e-9);
                sum += left * left;
            }
            return sum;
        }
    }

    /// <summary>The same with a penalty that is given.</summary>
    public static double[] Fit(InclusionDesign design, double[] losses, double penalty) => Scores(design, design.Along(losses), penalty);

    private static double[] Scores(InclusionDesign design, double[] along, double penalty)
    {
        double[] weights = [.. along.Select((z, k) => -z / (design.Values[k] + penalty))];
        return design.OfDocuments(weights);
    }
}
