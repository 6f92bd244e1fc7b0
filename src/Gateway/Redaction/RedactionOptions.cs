namespace Tda.Gateway.Redaction;

/// <summary>What is masked in everything that is stored; what clients get is never touched.</summary>
public sealed record RedactionOptions
{
    internal IEnumerable<string> Errors() => [];
}
