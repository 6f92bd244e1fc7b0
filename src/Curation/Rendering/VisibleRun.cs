namespace Tda.Curation.Rendering;

/// <summary>A piece of text.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Hidden">Name of the hidden character that the piece consists of; null for visible text.</param>
public readonly record struct VisibleRun(string Text, string? Hidden);
