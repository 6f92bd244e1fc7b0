namespace Tda.Bench.Fuzz;

/// <summary>What was fed to one target.</summary>
/// <param name="Name">The target.</param>
/// <param name="Inputs">How many inputs.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Seconds">How long it took, making the inputs included.</param>
/// <param name="Failures">How many broke something.</param>
internal sealed record FuzzCount(string Name, long Inputs, long Bytes, double Seconds, long Failures);
