namespace Tda.Core.Corpora;

/// <summary>A file to import.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path below the folder that is imported, with '/' between folders.</param>
/// <param name="Source">Source of its documents, if they don't name one.</param>
internal sealed record ImportFile(string Path, string Name, string Source);
