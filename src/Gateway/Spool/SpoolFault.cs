namespace Tda.Gateway.Spool;

/// <summary>A place in the spool that could not be read.</summary>
/// <param name="Path">The segment file.</param>
/// <param name="Offset">Bytes from its beginning.</param>
/// <param name="Length">Bytes passed over.</param>
/// <param name="Reason">What is wrong there.</param>
/// <param name="Torn">Whether nothing valid follows it in the file: a write that a crash cut short, which is no loss of what was acknowledged.</param>
public sealed record SpoolFault(string Path, long Offset, long Length, string Reason, bool Torn);
