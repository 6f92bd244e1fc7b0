namespace Tda.Bench.Banks;

/// <summary>A line of the table.</summary>
/// <param name="Scenario">S0 to S5.</param>
/// <param name="Name">Of the route, or of a combination.</param>
/// <param name="Meaning">In words.</param>
/// <param name="Members">Score matrices that were averaged.</param>
/// <param name="Single">Mean LDS of each alone.</param>
/// <param name="Whole">LDS of their mean, with interval.</param>
/// <param name="OverWeights">That less the LDS of the same method with the closed model's own weights, paired.</param>
internal sealed record RouteLine(
    string Scenario, string Name, string Meaning, int Members, double Single, Interval Whole, Interval OverWeights);
