namespace Tda.Bench.Running;

/// <summary>One run of one contender.</summary>
/// <param name="Wall">Seconds on the clock.</param>
/// <param name="Cpu">Seconds of processor time of its process, all threads: what the load of other processes changes least.</param>
public sealed record Sample(double Wall, double Cpu);
