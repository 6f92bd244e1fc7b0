using System.Text.Json.Nodes;
using Tda.Gateway.Tests.Support;
using Tda.Gateway.Tests.WebSockets;

namespace Tda.Gateway.Tests.Clients;

/// <summary>The npm `openai` client's Realtime connections, each once directly and once through the gateway: what the caller sees must be the same.</summary>
public class RealtimeClientTests(NpmClients clients) : IClassFixture<NpmClients>
{
    [Fact]
    public async Task OpenAI_EveryConnection_SameAsDirectAndRecorded()
    {
        await using var upstream = await SocketUpstream.StartByPathAsync(
            path => path == "/v1/responses" ? RealtimeScript.AnswerCallsAsync : RealtimeScript.ServeAsync, compressed: true);
        await using var gateway = await TestGateway.StartAsync(upstream.Url);

        var direct = await clients.RunAsync("realtime.mjs", new(upstream.Url));
        var through = await clients.RunAsync("realtime.mjs", gateway.Url);

        Assert.All(direct, call => Assert.True(
            JsonNode.DeepEquals(call.Value, through[call.Key]), $"{call.Key}:\ndirect  {call.Value?.ToJsonString()}\nthrough {through[call.Key]?.ToJsonString()}"));
        Assert.Equal(direct.Count, through.Count);
        Assert.Equal(("permessage-deflate", "", "realtime"), (Extensions("packedSmall"), Extensions("unpacked"), (string?)direct["browser"]!["protocol"]));
        Assert.Equal("Unexpected server response: 401", (string?)direct["refused"]!["errors"]![0]!["message"]);

        var log = await gateway.StopAndReadAsync();
        Assert.Equal(direct.Count, log.Count);
        TestGateway.AssertAllRecorded(direct.Count, gateway.Server.Counts);
        Assert.All(log, exchange => Assert.Equal((TerminalState.Complete, null), (exchange.State, exchange.ParseError)));
        foreach (var (call, exchange) in direct.Zip(log).Where(pair => pair.Second.IsWebSocket))
        {
            // What the caller saw is what the log has, message for message.
            var events = call.Value!["events"]!.AsArray().Select(one => one!.ToJsonString());
            Assert.Equal(events, RecordedMessages.Texts(RecordedMessages.Received(exchange)).Select(text => JsonNode.Parse(text)!.ToJsonString()));
            RecordedMessages.AssertNumbered(exchange);
        }

        Assert.Equal(
            ["And \"now\"?\n", new('x', 3000), "Grüße? 👋", "Grüße? 👋", null, "And \"now\"?"],
            log.Where(exchange => exchange.IsWebSocket).Select(exchange => exchange.Messages?.LastOrDefault(message => message.Role == "user")?.Content));
        Assert.All(log.Where(exchange => exchange.Response is not null), exchange => Assert.Equal(RealtimeScript.Answered(exchange.Messages![^1].Content), exchange.Response));

        var responses = Assert.Single(log, exchange => exchange.Route == "/v1/responses");
        Assert.Equal("system: Be kind.\nuser: Grüße? 👋\nassistant: You said: Grüße? 👋\nuser: And \"now\"?\nassistant: ", responses.Prompt);
        Assert.Equal(("gpt-5-1", new Usage(10, 4, 14)), (responses.Model, responses.Usage));

        string? Extensions(string call) => (string?)direct[call]!["extensions"];
    }
}
