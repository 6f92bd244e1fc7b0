using System.Net;
using Tda.Gateway.Operations;

namespace Tda.Gateway.Security;

/// <summary>Who may use the gateway and its pages, and within which limits.</summary>
public sealed record SecurityOptions
{
    /// <summary>
    /// Whether clients need a key of the gateway's (<c>tda keys issue</c>); else they send their own provider key. Default false.
    /// </summary>
    public bool RequireClientKeys { get; init; }

    /// <summary>
    /// The provider's key that the gateway puts in the place of its clients'; null passes on what they send. Default null.
    /// </summary>
    public UpstreamKeyOptions? UpstreamKey { get; init; }

    /// <summary>The credential of pages, health details and the API; null lets only this machine's users see them. Default null.</summary>
    public SecretSource? Admin { get; init; }

    /// <summary>The certificate, where the gateway listens on https. Default null.</summary>
    [NeedsRestart]
    public TlsOptions? Tls { get; init; }

    /// <summary>Limits on requests and connections.</summary>
    public LimitOptions Limits { get; init; } = new();

    internal IEnumerable<OptionError> Errors() =>
    [
        .. UpstreamKey?.Errors() ?? [],
        .. Admin?.Errors("security.admin") ?? [],
        .. Tls?.Errors() ?? [],
        .. Limits.Errors(),
    ];

    /// <summary>What is wrong with these options where the gateway listens.</summary>
    internal IEnumerable<OptionError> Errors(string listen)
    {
        if (!ListenAddress.TryParse(listen, out var endPoint, out _))
        {
            yield break;
        }

        if (UpstreamKey is not null && !RequireClientKeys && !IPAddress.IsLoopback(endPoint.Address))
        {
            yield return new(
                "security.upstream_key",
                $"on {listen} everyone who reaches the gateway could use it; set security.require_client_keys, or listen on a loopback address");
        }

        var secure = listen.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        if (secure != (Tls is not null))
        {
            yield return secure
                ? new("listen", $"{listen} needs a certificate: set security.tls.certificate and security.tls.key, or put a TLS terminator in front")
                : new("security.tls", $"must not be set, since {listen} (listen) is not an https URL");
        }
    }
}

/// <summary>
/// Where a secret is read from: an environment variable or a file, so that it stands in no configuration and on no command line.
/// </summary>
public record SecretSource
{
    /// <summary>The environment variable that holds it.</summary>
    public string? Env { get; init; }

    /// <summary>The file that holds it, e.g. a mounted secret; white space around it is not part of it.</summary>
    public string? File { get; init; }

    internal IEnumerable<OptionError> Errors(string path)
    {
        if (Env is null == File is null)
        {
            yield return new(path, "name either an environment variable (env) or a file (file)");
        }
        else if (TryRead(out var problem) is null)
        {
            yield return new(path, problem);
        }
    }

    /// <summary>The secret.</summary>
    /// <exception cref="TdaException">It is not there; the message names the place, never a value.</exception>
    internal string Read() => TryRead(out var problem) ?? throw new TdaException(problem);

    private string? TryRead(out string problem)
    {
        problem = "";
        try
        {
            var secret = (File is null ? Environment.GetEnvironmentVariable(Env!) : System.IO.File.ReadAllText(File))?.Trim();
            if (!string.IsNullOrEmpty(secret) && secret.All(c => c is > ' ' and < '\x7f'))
            {
                return secret;
            }

            problem = File is null
                ? $"the environment variable {Env} is not set, empty, or not one word"
                : $"the file {File} is empty or holds more than one word";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"the file '{File}' can't be read: {error.Message}";
        }

        return null;
    }
}

/// <summary>A secret in memory. It is read again when its source is another, as after a change of the configuration.</summary>
internal sealed class HeldSecret
{
    private Held? _held;

    /// <summary>The secret.</summary>
    /// <exception cref="TdaException">It can't be read.</exception>
    public string Of(SecretSource source)
    {
        var held = Volatile.Read(ref _held);
        if (held is null || !ReferenceEquals(held.Source, source))
        {
            held = new(source, source.Read());
            Volatile.Write(ref _held, held);
        }

        return held.Secret;
    }

    private sealed record Held(SecretSource Source, string Secret);
}
