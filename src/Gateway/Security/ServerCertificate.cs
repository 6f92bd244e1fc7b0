using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Security;

/// <summary>
/// The certificate for new connections. Its files are read for each, a few KiB beside a handshake: a mounted secret changes by a link's swap, and
/// a copy may keep its time, so that only the content tells. What can't be used leaves the old in use, and is tried again.
/// </summary>
internal sealed class ServerCertificate(TlsOptions options)
{
    private readonly Lock _lock = new();
    private SslServerAuthenticationOptions? _current;
    private (string Certificate, string Key) _content;
    private string? _problem;

    /// <summary>Why its files could not be used when they were last read; null when they could.</summary>
    public string? Problem => Volatile.Read(ref _problem) is { } problem ? $"the certificate is the old one: {problem}" : null;

    /// <summary>How to greet the next client.</summary>
    public SslServerAuthenticationOptions Current()
    {
        lock (_lock)
        {
            TryRead();
            return _current ?? throw new CryptographicException($"{options.Certificate} can't be read");
        }
    }

    private void TryRead()
    {
        try
        {
            var content = (File.ReadAllText(options.Certificate), File.ReadAllText(options.Key));
            Volatile.Write(ref _problem, null);
            if (content == _content)
            {
                return;
            }

            var certificate = X509Certificate2.CreateFromPem(content.Item1, content.Item2);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(content.Item1);
            _current = new()
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            };
            _content = content;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Half of a pair that is being replaced: the next connection tries again.
            Volatile.Write(ref _problem, error.Message);
        }
    }
}

/// <summary>The certificate that the gateway shows. TLS 1.2 and 1.3 are spoken, nothing older.</summary>
public sealed record TlsOptions
{
    /// <summary>The PEM file of the certificate, intermediate ones behind it. Read again when it changes.</summary>
    public required string Certificate { get; init; }

    /// <summary>The PEM file of its private key.</summary>
    public required string Key { get; init; }

    internal IEnumerable<OptionError> Errors()
    {
        if (((string[])[Certificate, Key]).FirstOrDefault(LibC.IsNoPlainFile) is { } path)
        {
            return [new("security.tls", $"'{path}' is no file")];
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(Certificate, Key);
            return [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return [new("security.tls", $"{Certificate} and {Key} aren't a certificate and its key: {error.Message}")];
        }
    }
}
