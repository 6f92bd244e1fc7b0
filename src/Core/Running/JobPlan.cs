namespace Tda.Core.Running;

/// <summary>What one job will need.</summary>
/// <param name="Job">Its name, such as <c>index logra float16</c>.</param>
/// <param name="DiskBytes">
/// What it leaves on disk, to the byte: beside the manifest, and for a run its ranking. Documents without a finite gradient take less.
/// </param>
/// <param name="MemoryBytes">What it holds at a time, beside the runtime; a count of arrays, within a factor of two of what a process then takes.</param>
/// <param name="Seconds">How long it takes at the rates that were probed; null without a probe.</param>
public sealed record JobPlan(string Job, long DiskBytes, long MemoryBytes, double? Seconds);
