using System.Net;
using Tda.Gateway.Operations;

namespace Tda.Gateway.Security;

/// <summary>Who may use the gateway and its pages, and within which limits.</summary>
public sealed record SecurityOptions
{
    /// <summary>Whether clients need a key of the gateway's (<c>tda keys issue</c>); else they send their own provider key. Default false.</summary>
    public bool RequireClientKeys { get; init; }

    /// <summary>The provider's key that the gateway puts in the place of its clients'; null passes on what they send. Default null.</summary>
    public UpstreamKeyOptions? UpstreamKey { get; init; }

    /// <summary>The credential of pages, health details and the API; null lets only this machine's users see them. Default null.</summary>
    public SecretSource? Admin { get; init; }

    /// <summary>The certificate, where the gateway listens on https. Default null.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Limits on requests and connections.</summary>
    public LimitOptions Limits { get; init; } = new();

    internal IEnumerable<string> Errors() =>
    [
        .. UpstreamKey?.Errors() ?? [],
        .. Admin?.Errors("security.admin") ?? [],
        .. Tls?.Errors() ?? [],
        .. Limits.Errors(),
    ];

    /// <summary>What is wrong with these options where the gateway listens.</summary>
    internal IEnumerable<string> Errors(string listen)
    {
        if (!ListenAddress.TryParse(listen, out var endPoint, out _))
        {
            yield break;
        }

        if (UpstreamKey is not null && !RequireClientKeys && !IPAddress.IsLoopback(endPoint.Address))
        {
            yield return $"security.upstream_key: on {listen} everyone who reaches the gateway could use it; set security.require_client_keys, or listen on a loopback address";
        }

        var secure = listen.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        if (secure != (Tls is not null))
        {
            yield return secure
                ? $"--listen {listen} needs a certificate: set security.tls.certificate and security.tls.key, or put a TLS terminator in front"
                : $"security.tls is set, but --listen {listen} is not an https URL";
        }
    }
}
