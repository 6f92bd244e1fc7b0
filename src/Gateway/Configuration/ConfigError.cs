namespace Tda.Gateway.Configuration;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Path">The member, e.g. <c>spool.max_bytes</c>; empty when it is the whole.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record ConfigError(string Origin, string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? $"{Origin}: {Message}" : $"{Origin}: {Path}: {Message}";
}
