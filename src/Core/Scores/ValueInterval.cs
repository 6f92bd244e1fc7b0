namespace Tda.Core.Scores;

/// <summary>A 95 % interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ValueInterval(double Low, double High);
