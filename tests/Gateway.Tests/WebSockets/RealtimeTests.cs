using System.Net.WebSockets;
using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Property = Tda.TestKit.Property;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>Talks in the Realtime API's events, and what the log says of them.</summary>
public class RealtimeTests
{
    [Fact]
    public async Task Connection_TwoTurns_MessagesResponseModelAndTokens()
    {
        await using var upstream = await SocketUpstream.StartAsync(RealtimeScript.ServeAsync);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);
        using (var client = await SocketUpstream.ConnectAsync(gateway.Url))
        {
            await SocketUpstream.SendAsync(client, $$$"""{"type":"session.update","session":{"type":"realtime","instructions":"{{{RealtimeScript.Instructions}}}"}}""");
            await AskAsync(client, "Grüße? 👋");
            await AskAsync(client, "And \"now\"?\n");
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await gateway.Server.DrainedAsync();
        var stored = Assert.Single(await gateway.Server.Store.ReadAsync(ExchangeFilter.All).ToListAsync());
        using var http = await gateway.OpenPagesAsync();
        var page = await http.GetStringAsync($"/exchanges/{stored.Id}");
        Assert.Contains($"5 messages from the client, {RecordedMessages.Texts(RecordedMessages.Received(stored)).Count} from the upstream", page, StringComparison.Ordinal);
        Assert.Contains("You said: And &quot;now&quot;?", page, StringComparison.Ordinal);

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(("/v1/realtime", "gpt-realtime-1", "completed", TerminalState.Complete, null), (exchange.Route, exchange.Model, exchange.FinishReason, exchange.State, exchange.ParseError));
        Assert.Equal(
            [("system", "Be kind."), ("user", "Grüße? 👋"), ("assistant", "You said: Grüße? 👋"), ("user", "And \"now\"?\n")],
            exchange.Messages!.Select(message => (message.Role, message.Content)));
        Assert.Equal("You said: And \"now\"?\n", exchange.Response);
        Assert.Equal(new Usage(16, 8, 24), exchange.Usage);
        Assert.Equal(
            [("system: Be kind.\nuser: Grüße? 👋\nassistant: ", "You said: Grüße? 👋"), (exchange.Prompt!, exchange.Response!)],
            ExchangeParser.Turns(exchange).Select(turn => (turn.Prompt, turn.Response)));
        Assert.Equal(exchange.Messages!, ExchangeParser.Turns(exchange).Last().Messages);
        Assert.Contains(RealtimeScript.Audio, Encoding.UTF8.GetString(exchange.ResponseBody.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_SpokenTurn_TranscriptsOfBothSides()
    {
        var exchange = Parse(
            [(2, """{"type":"input_audio_buffer.append","audio":"AAAA"}""")],
            [
                (1, """{"type":"session.created","session":{"model":"gpt-realtime","instructions":"Listen."}}"""),
                (3, """{"type":"input_audio_buffer.committed","previous_item_id":null,"item_id":"u1"}"""),
                (4, """{"type":"response.created","response":{"id":"r1"}}"""),
                (5, """{"type":"response.audio_transcript.delta","response_id":"r1","item_id":"a1","delta":"It is "}"""),
                (6, """{"type":"conversation.item.input_audio_transcription.completed","item_id":"u1","transcript":"What time is it?"}"""),
                (7, """{"type":"response.output_audio_transcript.delta","response_id":"r1","item_id":"a1","delta":"noon."}"""),
                (8, """{"type":"response.done","response":{"id":"r1","status":"cancelled","status_details":{"type":"cancelled","reason":"turn_detected"},"output":[]}}"""),
            ]);

        Assert.Equal(("system: Listen.\nuser: What time is it?\nassistant: ", "It is noon.", "turn_detected"), (exchange.Prompt, exchange.Response, exchange.FinishReason));
        Assert.Empty(ExchangeParser.Turns(exchange));
    }

    [Fact]
    public void Apply_ToolCall_ItsOutputAndTheAnswerAfterIt()
    {
        var exchange = Parse(
            [
                (1, """{"type":"conversation.item.create","item":{"id":"u1","type":"message","role":"user","content":[{"type":"input_text","text":"Weather?"}]}}"""),
                (2, """{"type":"response.create"}"""),
                (7, """{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c1","output":"sun"}}"""),
                (8, """{"type":"response.create","response":{"instructions":"Be short."}}"""),
            ],
            [
                (3, """{"type":"response.created","response":{"id":"r1","conversation_id":"c"}}"""),
                (4, """{"type":"response.output_item.added","response_id":"r1","output_index":0,"item":{"id":"f1","type":"function_call","call_id":"c1","name":"weather","arguments":""}}"""),
                (5, """{"type":"response.function_call_arguments.delta","response_id":"r1","output_index":0,"delta":"{\"city\":\"Köln\"}"}"""),
                (6, """{"type":"response.done","response":{"id":"r1","status":"completed","output":[]}}"""),
                (9, """{"type":"response.created","response":{"id":"r2","conversation_id":"c"}}"""),
                (10, """{"type":"response.done","response":{"id":"r2","status":"completed","output":[{"id":"a2","type":"message","role":"assistant","content":[{"type":"output_text","text":"Sun."}]}]}}"""),
            ]);

        Assert.Equal("Sun.", exchange.Response);
        Assert.Equal([("system", "Be short."), ("user", "Weather?"), ("assistant", ""), ("tool", "sun")], exchange.Messages!.Select(message => (message.Role, message.Content)));
        Assert.Equal("{\"city\":\"Köln\"}", (string?)JsonNode.Parse(exchange.Messages![2].ToolCalls!)![0]!["arguments"]);
        Assert.Equal("Sun.", Assert.Single(ExchangeParser.Turns(exchange)).Response);
    }

    [Fact]
    public void Apply_ItemsPutInBetweenDeletedAndAnsweredAside_TheConversationAsItStood()
    {
        var exchange = Parse(
            [
                (1, Item("u1", "one")),
                (2, Item("u2", "two")),
                (3, """{"type":"conversation.item.create","previous_item_id":"u1","item":{"id":"u3","type":"message","role":"user","content":[{"type":"input_text","text":"between"}]}}"""),
            ],
            [
                (4, """{"type":"conversation.item.deleted","item_id":"u2"}"""),
                (5, """{"type":"response.created","response":{"id":"r1","conversation_id":null}}"""),
                (6, """{"type":"response.output_text.delta","response_id":"r1","delta":"aside"}"""),
                (7, """{"type":"response.created","response":{"id":"r2","conversation_id":"c"}}"""),
                (8, """{"type":"response.output_text.delta","response_id":"r2","delta":"answer"}"""),
                (9, """{"type":"response.done","response":{"id":"r1","status":"completed","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}"""),
                (10, """{"type":"response.done","response":{"id":"r2","status":"completed","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}"""),
            ]);

        Assert.Equal(["one", "between"], exchange.Messages!.Select(message => message.Content));
        Assert.Equal(("answer", new Usage(2, 4, 6)), (exchange.Response, exchange.Usage));
    }

    [Fact]
    public void Apply_ResponsesOverAWebSocket_TheCallAndItsAnswer()
    {
        var exchange = Parse(
            [
                (1, """{"type":"response.create","model":"gpt-4","instructions":"Be rude.","input":"another talk"}"""),
                (4, """{"type":"response.create","model":"gpt-5","instructions":"Be kind.","input":[{"role":"user","content":"Grüße?"}]}"""),
            ],
            [
                (2, """{"type":"response.created","response":{"id":"r0"}}"""), (3, """{"type":"response.completed","response":{"id":"r0","status":"completed","output":[]}}"""),
                (5, """{"type":"response.created","response":{"id":"r1","model":"gpt-5-1","status":"in_progress","output":[]}}"""),
                (6, """{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Grüße!"}"""),
                (7, """{"type":"response.completed","response":{"id":"r1","model":"gpt-5-1","status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}}"""),
            ],
            "/v1/responses");

        Assert.Equal(("system: Be kind.\nuser: Grüße?\nassistant: ", "Grüße!", "gpt-5-1", "completed", new Usage(5, 2, 7)), (exchange.Prompt, exchange.Response, exchange.Model, exchange.FinishReason, exchange.Usage));
    }

    [Fact]
    public void Apply_ConnectionClosedInsideAnAnswer_Truncated()
    {
        var exchange = Parse(
            [(1, Item("u1", "one"))],
            [
                (2, """{"type":"response.created","response":{"id":"r1"}}"""),
                (3, """{"type":"response.output_text.delta","response_id":"r1","delta":"half"}"""),
            ]);

        Assert.Equal((TerminalState.Truncated, "half"), (exchange.State, exchange.Response));
    }

    [Fact]
    public void Apply_AMessageThatIsNotAsExpected_NotedAndTheOthersRead()
    {
        var exchange = Parse(
            [(1, """{"type":"conversation.item.create","item":7}"""), (2, "no json"), (3, Item("u1", "one"))],
            [(4, """{"type":"response.done","response":{"id":"r1","status":"completed","output":[{"type":"message","content":[{"type":"text","text":"two"}]}]}}""")]);

        Assert.Equal(("one", "two", "message 1: 'event' is Number, not an object"), (exchange.Prompt, exchange.Response, exchange.ParseError));
    }

    [Fact]
    public void Apply_HundredThousandTurns_ReadOnce()
    {
        // With a copy of the conversation for each turn this would take 40 GB, and with a search for each item hours.
        const int turns = 100_000;
        var sent = Enumerable.Range(0, turns).Select(i => ((4 * i) + 1, $$$"""{"type":"conversation.item.create","previous_item_id":"a{{{i - 1}}}","item":{"type":"message","role":"user","content":"q{{{i}}}"}}""")).ToArray();
        var received = Enumerable.Range(0, turns).SelectMany(i => new[]
        {
            ((4 * i) + 2, $$$"""{"type":"response.created","response":{"id":"r{{{i}}}"}}"""),
            ((4 * i) + 3, $$$"""{"type":"response.output_item.added","response_id":"r{{{i}}}","item":{"id":"a{{{i}}}"}}"""),
            ((4 * i) + 4, $$$"""{"type":"response.done","response":{"id":"r{{{i}}}","status":"completed","output":[{"type":"message","content":[{"text":"a{{{i}}}"}]}]}}"""),
        }).ToArray();

        var exchange = Parse(sent, received);

        Assert.Equal(("a99999", (2 * turns) - 1), (exchange.Response, exchange.Messages!.Count));
        Assert.Equal(["q99998", "a99998", "q99999"], exchange.Messages.TakeLast(3).Select(message => message.Content));
        Assert.Equal(1000, ExchangeParser.Turns(exchange).Count());
    }

    [Fact]
    public void Apply_AnyEventsInAnyOrder_AnExchangeAndNoException()
    {
        string[] types =
        [
            "session.update", "session.created", "conversation.item.create", "conversation.item.added", "conversation.item.deleted", "input_audio_buffer.committed",
            "conversation.item.input_audio_transcription.completed", "response.create", "response.created", "response.output_item.added", "response.output_text.delta",
            "response.function_call_arguments.delta", "response.done", "response.completed", "no.type",
        ];
        string[] names = ["session", "item", "item_id", "previous_item_id", "response", "response_id", "id", "role", "type", "content", "text", "delta", "output", "usage", "instructions", "model", "status", "status_details", "output_index", "transcript", "conversation_id", "input", "input_tokens"];

        Property.Holds(Gen.Choose(0, int.MaxValue).Select(seed => new Random(seed)), random =>
        {
            var sent = Enumerable.Range(1, random.Next(6)).Select(i => (2 * i, Event())).ToArray();
            var received = Enumerable.Range(1, random.Next(12)).Select(i => ((2 * i) + 1, Event())).ToArray();

            var exchange = Parse(sent, received);

            Assert.Equal(JsonSerializer.Serialize(exchange, JsonDefaults.Options), JsonSerializer.Serialize(ExchangeParser.Apply(exchange), JsonDefaults.Options));
            _ = ExchangeParser.Turns(exchange).ToList();

            string Event() => $"{{\"type\":{JsonSerializer.Serialize(types[random.Next(types.Length)])},{string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Member(0)))}}}";

            string Member(int depth) => $"{JsonSerializer.Serialize(names[random.Next(names.Length)])}:{Value(depth)}";

            string Value(int depth) => random.Next(depth > 3 ? 4 : 7) switch
            {
                0 => "null",
                1 => random.Next(-3, 100).ToString(CultureInfo.InvariantCulture),
                2 or 3 => new[] { "\"message\"", "\"user\"", "\"u1\"", "\"function_call\"", "\"\\ud800\"" }[random.Next(5)],
                4 => $"[{string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => Value(depth + 1)))}]",
                _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Member(depth + 1)))}}}",
            };
        });
    }

    private static string Item(string id, string text) =>
        $$$"""{"type":"conversation.item.create","item":{"id":"{{{id}}}","type":"message","role":"user","content":[{"type":"input_text","text":"{{{text}}}"}]}}""";

    internal static async Task AskAsync(ClientWebSocket client, string text)
    {
        foreach (var asked in RealtimeScript.Ask(text))
        {
            await SocketUpstream.SendAsync(client, asked);
        }

        while (!(await SocketUpstream.ReceiveTextAsync(client))!.Contains("response.done", StringComparison.Ordinal))
        {
        }
    }

    private static Exchange Parse((int Number, string Text)[] sent, (int Number, string Text)[] received, string route = "/v1/realtime") =>
        ExchangeParser.Apply(RawExchange.Of(route, Body(sent), Body(received), streamed: true, method: "GET") with { Status = 101 });

    private static byte[] Body((int Number, string Text)[] messages)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        foreach (var (number, text) in messages)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Gateway.WebSockets.WebSocketLog.Append(body, number, number, new(Gateway.WebSockets.WebSocketKind.Text, bytes, bytes.Length, packed: false, cut: false));
        }

        return body.WrittenSpan.ToArray();
    }
}
