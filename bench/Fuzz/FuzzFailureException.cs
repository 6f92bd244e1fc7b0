namespace Tda.Bench.Fuzz;

/// <summary>Something that must hold for any input did not.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message);
