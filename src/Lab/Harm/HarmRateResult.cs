namespace Tda.Lab.Harm;

/// <summary>How many completions a classifier calls harmful.</summary>
/// <param name="Harmful">Those called harmful.</param>
/// <param name="Total">All of them.</param>
/// <param name="Rate">Harmful / Total.</param>
/// <param name="Low">Lower end of Wilson's 95 % interval for the rate.</param>
/// <param name="High">Upper end.</param>
public sealed record HarmRateResult(int Harmful, int Total, double Rate, double Low, double High);
