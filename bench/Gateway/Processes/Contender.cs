namespace Tda.Bench.Gateway.Processes;

/// <summary>One way from the client to the upstream.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Process">The proxy; for "direct" the upstream itself.</param>
/// <param name="Headers">What a client must send to it.</param>
/// <param name="Gateway">Ours, if it is ours.</param>
internal sealed record Contender(string Name, ServerProcess Process, IReadOnlyDictionary<string, string> Headers, TdaGateway? Gateway = null) : IAsyncDisposable
{
    public const string Direct = "direct";
    public const string BareYarp = "bare YARP";
    public const string Nginx = "nginx";
    public const string Portkey = "@portkey-ai/gateway";
    public const string Memory = "tda memory";
    public const string Written = "tda written";
    public const string Synced = "tda synced";

    public Uri Url => Process.Url;

    public async ValueTask DisposeAsync() => await Process.DisposeAsync();
}
