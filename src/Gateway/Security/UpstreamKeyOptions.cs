namespace Tda.Gateway.Security;

/// <summary>The provider's key: where it is read from, and how it is sent. It is read at start and after every change of the configuration.</summary>
public sealed record UpstreamKeyOptions : SecretSource
{
    /// <summary>The header that carries it: <c>authorization</c> (as a bearer token) or <c>x-api-key</c>. Default <c>authorization</c>.</summary>
    public string Header { get; init; } = "authorization";

    internal bool IsBearer => string.Equals(Header, "authorization", StringComparison.OrdinalIgnoreCase);

    internal IEnumerable<string> Errors()
    {
        foreach (var error in Errors("security.upstream_key"))
        {
            yield return error;
        }

        if (!IsBearer && !string.Equals(Header, "x-api-key", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"security.upstream_key.header must be authorization or x-api-key, not '{Header}'";
        }
    }
}
