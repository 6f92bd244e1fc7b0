namespace Tda.Cli.Demo.Data;

/// <summary>A document to be, with the source that it came from.</summary>
public sealed record SourcedText(string Text, string Source);
