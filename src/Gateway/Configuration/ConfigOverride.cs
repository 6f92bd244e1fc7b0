namespace Tda.Gateway.Configuration;

/// <summary>A value that goes before the file's.</summary>
/// <param name="Path">The member, names joined by dots, e.g. <c>spool.max_bytes</c>.</param>
/// <param name="Text">The value as text.</param>
/// <param name="Origin">Who gave it, for messages: <c>--upstream</c>.</param>
public sealed record ConfigOverride(string Path, string Text, string Origin);
