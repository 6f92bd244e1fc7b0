namespace Tda.Store;

/// <summary>A file that holds, or held, erased exchanges.</summary>
/// <param name="Path">The file.</param>
/// <param name="Ids">The exchanges.</param>
/// <param name="Rewritten">Whether they were taken out of it; else that is left to the user.</param>
public sealed record ErasedCopy(string Path, IReadOnlyList<string> Ids, bool Rewritten);
