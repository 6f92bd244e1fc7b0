namespace Tda.Gateway.Security;

/// <summary>Who may use the gateway and its pages, and within which limits.</summary>
public sealed record SecurityOptions
{
    internal IEnumerable<string> Errors() => [];
}
