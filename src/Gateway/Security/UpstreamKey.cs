using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Security;

/// <summary>Puts the upstream's key in the place of the client's. It is read again when the configuration has changed.</summary>
internal sealed class UpstreamKey
{
    private Held? _held;

    /// <summary>Replaces what the client sent as its key.</summary>
    /// <exception cref="Core.Errors.TdaException">The key can't be read.</exception>
    public void Put(IHeaderDictionary headers, UpstreamKeyOptions options)
    {
        var held = Volatile.Read(ref _held);
        if (held is null || !ReferenceEquals(held.Options, options))
        {
            held = new(options, options.Read());
            Volatile.Write(ref _held, held);
        }

        ClientCredentials.Remove(headers);
        if (options.IsBearer)
        {
            headers.Authorization = "Bearer " + held.Key;
        }
        else
        {
            headers[ClientCredentials.AnthropicHeader] = held.Key;
        }
    }

    private sealed record Held(UpstreamKeyOptions Options, string Key);
}
