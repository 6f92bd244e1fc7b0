using System.Net;
using Tda.Gateway.Spool;
using Tda.Review;

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

    /// <summary>What is wrong with these options where the gateway listens.</summary>
    internal IEnumerable<OptionError> Errors(string listen)
    {
        var checks = new GroupChecks("security")
            .Add(UpstreamKey?.Errors("security.upstream_key") ?? [])
            .Add(UpstreamKey is null ? [] : KeyErrors(listen, "security.upstream_key"))
            .Add(Admin?.Errors("security.admin") ?? [])
            .Add(Tls?.Errors() ?? [])
            .Add(Limits.Errors());
        if (ListenAddress.TryParse(listen, out _, out _))
        {
            var secure = listen.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
            checks
                .Add(new GroupChecks().Require(!secure || Tls is not null, "listen", $"{listen} needs a certificate: "
                    + "set security.tls.certificate and security.tls.key, or put a TLS terminator in front").Errors)
                .Require(secure || Tls is null, "tls", $"must not be set, since {listen} (listen) is not an https URL");
        }

        return checks.Errors;
    }

    /// <summary>Whether a key of the gateway's, at this path, may be used by those who reach it.</summary>
    internal IEnumerable<OptionError> KeyErrors(string listen, string path) =>
        RequireClientKeys || !ListenAddress.TryParse(listen, out var endPoint, out _) || IPAddress.IsLoopback(endPoint.Address)
            ? []
            : [new(path, $"on {listen} everyone who reaches the gateway could use it; set security.require_client_keys, or listen on a loopback address")];
}

/// <summary>
/// Where a secret is read from: an environment variable or a file, so that it stands in no configuration and on no command line.
/// </summary>
public record SecretSource
{
    private const int LongestFile = 64 << 10;

    /// <summary>The environment variable that holds it.</summary>
    public string? Env { get; init; }

    /// <summary>The file that holds it, e.g. a mounted secret; white space around it is not part of it.</summary>
    public string? File { get; init; }

    internal virtual IEnumerable<OptionError> Errors(string path) =>
        Env is null == File is null ? [new(path, "name either an environment variable (env) or a file (file)")]
        : TryRead(out var problem) is null ? [new(path, problem)]
        : [];

    /// <summary>The secret.</summary>
    /// <exception cref="TdaException">It is not there; the message names the place, never a value.</exception>
    internal string Read() => TryRead(out var problem) ?? throw new TdaException(problem);

    private string? TryRead(out string problem)
    {
        problem = "";
        try
        {
            if (File is not null && (LibC.IsNoPlainFile(File) || new FileInfo(File) is { Exists: true, Length: > LongestFile }))
            {
                problem = $"'{File}' is no file, or one longer than {LongestFile >> 10} KiB, which no secret is";
                return null;
            }

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

/// <summary>
/// The provider's key: where it is read from, and how it is sent.
/// </summary>
public sealed record UpstreamKeyOptions : SecretSource
{
    /// <summary>
    /// The header that carries it: <c>authorization</c> (as a bearer token), <c>x-api-key</c> (Anthropic), <c>api-key</c> (Azure) or
    /// <c>x-goog-api-key</c> (Google). Default <c>authorization</c>.
    /// </summary>
    public string Header { get; init; } = "authorization";

    internal bool IsBearer => string.Equals(Header, "authorization", StringComparison.OrdinalIgnoreCase);

    internal override IEnumerable<OptionError> Errors(string path) => new GroupChecks(path)
        .Add(base.Errors(path))
        .Require(IsBearer || ClientCredentials.KeyHeaders.Contains(Header, StringComparer.OrdinalIgnoreCase), "header",
            $"must be authorization, {string.Join(" or ", ClientCredentials.KeyHeaders)}, not '{Header}'")
        .Errors;
}
