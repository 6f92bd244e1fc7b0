namespace Tda.Core.Running;

/// <summary>What one job will need.</summary>
/// <param name="Job">Its name, such as <c>index logra float16</c>.</param>
/// <param name="DiskBytes">
/// Most that it has on disk at a time. Of an index to the byte, beside the manifest: documents without a finite gradient take less. Of a
/// training the checkpoints too, which a lab model loses at its end.
/// </param>
/// <param name="MemoryBytes">What it holds at a time: a count of arrays, to which the program itself has to be added.</param>
/// <param name="Seconds">How long it takes at the rates that were probed; null without a probe.</param>
public sealed record JobPlan(string Job, long DiskBytes, long MemoryBytes, double? Seconds);
