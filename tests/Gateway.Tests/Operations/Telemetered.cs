namespace Tda.Gateway.Tests.Operations;

/// <summary>Exchanges as telemetry sees them.</summary>
internal static class Telemetered
{
    public const string Secret = "the prompt nobody else may read";

    public static Exchange Exchange(string model, string route = "/v1/chat/completions") => new()
    {
        Id = "0199c0de-0000-7000-8000-000000000001",
        Route = route,
        Method = "POST",
        Path = route + "?secret=" + Secret,
        StartedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        State = TerminalState.Complete,
        Status = 200,
        Model = model + "-2026",
        Prompt = Secret,
        Response = Secret,
        FinishReason = "stop",
        Usage = new(5, 2, 7),
        TotalMs = 1500,
        RequestHeaders = [new("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), new("X-Secret", Secret)],
        RequestBody = RecordedBody.Of(Encoding.UTF8.GetBytes($$"""{"messages":[{"content":"{{Secret}}","model":"inner"}],"model":"{{model}}"}""")),
        ResponseBody = RecordedBody.Of(Encoding.UTF8.GetBytes(Secret)),
    };
}
