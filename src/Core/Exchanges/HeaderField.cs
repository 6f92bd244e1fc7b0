namespace Tda.Core.Exchanges;

/// <summary>One header line as recorded; secrets are already redacted.</summary>
public sealed record HeaderField(string Name, string Value);
