using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tda.Gateway.Security;

/// <summary>
/// The certificate for new connections. Its files are looked at for each; one that has changed is read again, one that can't be
/// read leaves the old in use.
/// </summary>
internal sealed class ServerCertificate(TlsOptions options)
{
    private readonly Lock _lock = new();
    private SslServerAuthenticationOptions? _current;
    private (DateTime Certificate, DateTime Key) _stamp;

    /// <summary>How to greet the next client.</summary>
    public SslServerAuthenticationOptions Current()
    {
        lock (_lock)
        {
            var stamp = (File.GetLastWriteTimeUtc(options.Certificate), File.GetLastWriteTimeUtc(options.Key));
            if (_current is null || stamp != _stamp)
            {
                _current = TryRead() ?? _current ?? throw new CryptographicException($"{options.Certificate} can't be read");
                _stamp = stamp;
            }

            return _current;
        }
    }

    private SslServerAuthenticationOptions? TryRead()
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(options.Certificate, options.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(options.Certificate);
            return new()
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Half of a pair that is being replaced: the next connection tries again.
            return null;
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
