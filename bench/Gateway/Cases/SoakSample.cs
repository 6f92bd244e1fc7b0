namespace Tda.Bench.Gateway.Cases;

/// <summary>One second of the soak.</summary>
/// <param name="Second">Since the load began.</param>
/// <param name="ResidentBytes">All resident memory.</param>
/// <param name="AnonymousBytes">Resident memory that is no file's: heaps and stacks.</param>
/// <param name="HeapBytes">The managed heap, by the runtime's own counter; NaN before it has spoken.</param>
/// <param name="SpoolBytes">Files of the spool.</param>
/// <param name="Pending">Exchanges that wait for the store.</param>
internal sealed record SoakSample(double Second, long ResidentBytes, long AnonymousBytes, double HeapBytes, long SpoolBytes, long Pending);
