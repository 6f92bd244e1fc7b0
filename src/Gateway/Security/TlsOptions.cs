using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tda.Gateway.Security;

/// <summary>The certificate that the gateway shows. TLS 1.2 and 1.3 are spoken, nothing older.</summary>
public sealed record TlsOptions
{
    /// <summary>The PEM file of the certificate, intermediate ones behind it. Read again when it changes.</summary>
    public required string Certificate { get; init; }

    /// <summary>The PEM file of its private key.</summary>
    public required string Key { get; init; }

    internal IEnumerable<string> Errors()
    {
        string? problem = null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(Certificate, Key);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            problem = $"security.tls: {Certificate} with {Key} is no certificate with its key: {error.Message}";
        }

        if (problem is not null)
        {
            yield return problem;
        }
    }
}
