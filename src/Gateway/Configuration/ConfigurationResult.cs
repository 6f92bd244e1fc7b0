namespace Tda.Gateway.Configuration;

/// <summary>What reading a configuration gave.</summary>
/// <param name="Options">The options; null when something is wrong.</param>
/// <param name="Errors">Everything that is wrong, with file and line.</param>
/// <param name="Fingerprint">The file's hash; null when it could not be read.</param>
public sealed record ConfigurationResult(GatewayOptions? Options, IReadOnlyList<string> Errors, string? Fingerprint);
