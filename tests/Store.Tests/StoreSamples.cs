namespace Tda.Store.Tests;

internal static class StoreSamples
{
    public static Exchange Minimal(string id, DateTimeOffset at) => new()
    {
        Id = id,
        Route = "/v1/models",
        Method = "GET",
        Path = "/v1/models",
        StartedAt = at,
        State = TerminalState.Complete,
    };

    public static Exchange Full(string id, DateTimeOffset at) => new()
    {
        Id = id,
        SessionId = "s-1",
        Route = "/v1/chat/completions",
        Method = "POST",
        Path = "/v1/chat/completions?x=1",
        StartedAt = at,
        Status = 200,
        State = TerminalState.ClientAbort,
        Failure = "the client left",
        Streamed = true,
        Model = "model-x",
        Prompt = "a prompt",
        Messages = [new("user", "a prompt") { Name = "n", RawContent = "[]", ToolCalls = "[{}]", ToolCallId = "t" }],
        Response = "A Response 👋",
        ToolCalls = "[1]",
        FinishReason = "stop",
        Logprobs = [new("A", -0.125, [new("B", -2.5) { Bytes = [66] }]) { Bytes = [65] }, new("C", null, [])],
        Usage = new(1, null, 3),
        FirstTokenMs = 1.5,
        TotalMs = 2.25,
        Tags = new Dictionary<string, string> { ["run"] = "demo" },
        RequestHeaders = [new("A", "1"), new("A", "2")],
        ResponseHeaders = [new("B", "3")],
        RequestBody = RecordedBody.Of(Encoding.UTF8.GetBytes("request 👋")) with { Redactions = 2, Unpacked = true, Length = 5 },
        ResponseBody = new([0xFF, 0x00, 0xFE], 10, RecordedBody.Of(new byte[10]).Sha256),
        ParseError = "an error",
        Reasoning = "because",
        Client = "key-1",
        WireState = TerminalState.ClientAbort,
        Sequence = 7,
        Chain = "c7",
    };

    /// <summary>A gateway run with its exchanges, numbered and chained as a gateway does it.</summary>
    public static (GatewaySession Session, List<Exchange> Exchanges) Run(string id, DateTimeOffset at, int count, bool stopped = true)
    {
        var link = ExchangeChain.Start(id);
        var exchanges = new List<Exchange>();
        for (var number = 1; number <= count; number++)
        {
            var exchange = Full($"{id}-{number:D4}", at.AddSeconds(number)) with
            {
                SessionId = id,
                Sequence = number,
                Prompt = $"prompt number {number}",
                ResponseBody = RecordedBody.Of(Encoding.UTF8.GetBytes($"response {number} of {id}")),
            };
            link = ExchangeChain.Next(link, ExchangeEnvelope.Digest(exchange));
            exchanges.Add(exchange with { Chain = Convert.ToHexStringLower(link) });
        }

        var session = new GatewaySession
        {
            Id = id,
            StartedAt = at,
            StoppedAt = stopped ? at.AddHours(1) : null,
            Durability = "written",
            Forwarded = count,
            Spooled = count,
            ChainHead = count == 0 ? null : Convert.ToHexStringLower(link),
        };
        return (session, exchanges);
    }
}
