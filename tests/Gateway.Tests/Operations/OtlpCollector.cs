using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Operations;

/// <summary>A collector of OTLP over HTTP that keeps what it is sent; strings stand in protocol buffers as they are.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly ScriptedUpstream _server = ScriptedUpstream.Answering(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");

    public string Url => _server.Url;

    /// <summary>The bytes sent to a path so far, read as Latin-1.</summary>
    public string Sent(string path) => string.Concat(Requests(path).Select(request => Encoding.Latin1.GetString(request.Body)));

    public IEnumerable<UpstreamRequest> Requests(string path) =>
        _server.Requests.Where(request => request.Head.StartsWith($"POST {path} ", StringComparison.Ordinal));

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
