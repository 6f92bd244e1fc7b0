using Microsoft.AspNetCore.Http.Features;

namespace Tda.Gateway.Proxy;

/// <summary>
/// Notes that the forwarder wants the client's connection broken, and leaves the doing to us: the exchange is recorded
/// first, so that a client that sees its stream break finds it in the log.
/// </summary>
internal sealed class DeferredAbort(IHttpRequestLifetimeFeature inner) : IHttpRequestLifetimeFeature
{
    /// <summary>Whether the forwarder asked for the connection to be broken.</summary>
    public bool Requested { get; private set; }

    public CancellationToken RequestAborted
    {
        get => inner.RequestAborted;
        set => inner.RequestAborted = value;
    }

    public void Abort() => Requested = true;

    /// <summary>Breaks the connection now.</summary>
    public void Carry() => inner.Abort();
}
