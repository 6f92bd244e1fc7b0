namespace Tda.Scoring.Units;

/// <summary>Student's t, as far as 95 % intervals need it.</summary>
internal static class StudentT
{
    // Two-sided 95 % quantiles for 1 to 30 degrees of freedom.
    private static readonly double[] Quantiles =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
        2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>The factor on a standard error; beyond the table by Cornish and Fisher's expansion.</summary>
    public static double Factor(int degrees) => degrees switch
    {
        < 1 => double.PositiveInfinity,
        <= 30 => Quantiles[degrees - 1],
        _ => 1.959964 + (Math.Pow(1.959964, 3) + 1.959964) / (4.0 * degrees),
    };
}
