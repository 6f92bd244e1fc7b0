namespace Tda.Gateway.Security;

/// <summary>Puts the upstream's key in the place of the client's. It is read again when the configuration has changed.</summary>
internal sealed class UpstreamKey
{
    private readonly HeldSecret _secret = new();

    /// <summary>Replaces what the client sent as its key.</summary>
    /// <exception cref="TdaException">The key can't be read.</exception>
    public void Put(IHeaderDictionary headers, UpstreamKeyOptions options)
    {
        var key = _secret.Of(options);
        ClientCredentials.Remove(headers);
        if (options.IsBearer)
        {
            headers.Authorization = "Bearer " + key;
        }
        else
        {
            headers[ClientCredentials.AnthropicHeader] = key;
        }
    }
}

/// <summary>
/// The provider's key: where it is read from, and how it is sent. It is read at start and after every change of the configuration.
/// </summary>
public sealed record UpstreamKeyOptions : SecretSource
{
    /// <summary>
    /// The header that carries it: <c>authorization</c> (as a bearer token) or <c>x-api-key</c>. Default <c>authorization</c>.
    /// </summary>
    public string Header { get; init; } = "authorization";

    internal bool IsBearer => string.Equals(Header, "authorization", StringComparison.OrdinalIgnoreCase);

    internal IEnumerable<OptionError> Errors()
    {
        foreach (var error in Errors("security.upstream_key"))
        {
            yield return error;
        }

        if (!IsBearer && !string.Equals(Header, "x-api-key", StringComparison.OrdinalIgnoreCase))
        {
            yield return new("security.upstream_key.header", $"must be authorization or x-api-key, not '{Header}'");
        }
    }
}
