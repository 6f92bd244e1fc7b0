namespace Tda.ProxyTrainer.Engine;

/// <summary>The library behind matrix products on the CPU.</summary>
/// <param name="Name">OpenBLAS, MKL, ATLAS, BLIS, reference BLAS, or "built in" where none is mapped.</param>
/// <param name="Path">The mapped file, if there is one.</param>
/// <param name="IsReference">The reference implementation: tens of times slower than the others.</param>
public sealed record BlasLibrary(string Name, string? Path, bool IsReference);
