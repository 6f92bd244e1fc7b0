namespace Tda.Bench.Fuzz;

/// <summary>The committed result of a fuzz run.</summary>
/// <param name="Time">When it ran.</param>
/// <param name="Dotnet">The runtime's version.</param>
/// <param name="Seed">Input i of the run has the seed SplitMix64.SequenceSeed(Seed, i).</param>
/// <param name="Inputs">How many inputs were fed.</param>
/// <param name="Seconds">How long that took, on one core.</param>
/// <param name="Targets">By what was fed.</param>
/// <param name="Failures">Every input that broke something; the first 100.</param>
internal sealed record FuzzReport(
    DateTimeOffset Time,
    string Dotnet,
    long Seed,
    long Inputs,
    double Seconds,
    IReadOnlyList<FuzzCount> Targets,
    IReadOnlyList<FuzzFailure> Failures);
