namespace Tda.Gateway.Tests.Support;

/// <summary>Exchanges as the recorder has them before they are parsed.</summary>
internal static class RawExchange
{
    public static Exchange Of(string route, byte[] request, byte[] response, bool streamed = false, string method = "POST") => new()
    {
        Id = "x",
        Route = route,
        Method = method,
        Path = route,
        StartedAt = DateTimeOffset.UnixEpoch,
        Status = 200,
        State = TerminalState.Complete,
        Streamed = streamed,
        RequestBody = RecordedBody.Of(request),
        ResponseBody = RecordedBody.Of(response),
    };
}
