using FsCheck.Fluent;
using Tda.Gateway.Tests.Support;
using Property = Tda.TestKit.Property;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Whatever an upstream sends, in whatever pieces: the client gets it, and the record has it.</summary>
public class TeePropertyTests
{
    private const int Cases = 40;

    private static readonly string[] Tokens =
    [
        "data:", "data: ", "\n", "\r", "\r\n", "\n\n", ":", "é", "👋", "{}", "\uFEFF",
        "data: [DONE]", "data: [DONE]\n\n", "event: error\n", "event: message_stop\n", "{\"type\": \"message_stop\"}",
    ];

    private static readonly string[] ContentTypes = ["text/event-stream", "application/json", "application/octet-stream"];

    [Theory]
    [InlineData(Durability.Memory)]
    [InlineData(Durability.Written)]
    public async Task Post_AnyBodyInAnyPieces_ClientUpstreamAndRecordHaveTheSameBytes(Durability durability)
    {
        var current = default(Answer)!;
        await using var upstream = new ScriptedUpstream(request => SendAsync(request, current));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { Durability = durability });
        var bodies = new List<(byte[] Request, byte[] Response)>();

        Property.Holds(Gen.Choose(0, int.MaxValue).Select(seed => new Random(seed)).Select(Answer.Of), answer =>
        {
            current = answer;
            var request = Encoding.UTF8.GetBytes(bodies.Count.ToString(CultureInfo.InvariantCulture));
            var received = WireAnswer.PostAsync(gateway.Url, "/v1/chat/completions", request).GetAwaiter().GetResult();
            Assert.True(received.Whole);
            Assert.True(answer.Body.AsSpan().SequenceEqual(received.Body), $"the client got other bytes of {answer}");
            bodies.Add((request, answer.Body));
        }, Cases);

        var exchanges = await gateway.StopAndReadAsync();
        TestGateway.AssertAllRecorded(Cases, gateway.Server.Counts);
        Assert.All(exchanges.Zip(bodies), pair =>
        {
            OneCall.AssertRecorded(pair.Second.Request, pair.First.RequestBody);
            OneCall.AssertRecorded(pair.Second.Response, pair.First.ResponseBody);
            Assert.Equal(TerminalState.Complete, pair.First.WireState);
        });
    }

    private static async Task SendAsync(UpstreamRequest request, Answer answer)
    {
        var framing = answer.Chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {answer.Body.Length}";
        await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: {answer.ContentType}\r\n{framing}\r\n\r\n");
        var at = 0;
        foreach (var size in answer.Sizes)
        {
            var piece = answer.Body.AsMemory(at, size);
            await (answer.Chunked ? request.SendChunkAsync(piece) : request.SendAsync(piece));
            at += size;
        }

        await (answer.Chunked ? request.EndChunksAsync() : Task.CompletedTask);
    }

    private sealed record Answer(string ContentType, bool Chunked, byte[] Body, int[] Sizes)
    {
        public static Answer Of(Random random)
        {
            var body = new MemoryStream();
            for (var i = random.Next(200); i > 0; i--)
            {
                // Letters and marks that mean something, and now and then bytes that mean nothing.
                body.Write(random.Next(5) > 0 ? Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]) : Noise(random));
            }

            var sizes = new List<int>();
            for (var left = (int)body.Length; left > 0; left -= sizes[^1])
            {
                sizes.Add(random.Next(1, Math.Min(left, 300) + 1));
            }

            return new(ContentTypes[random.Next(ContentTypes.Length)], random.Next(3) > 0, body.ToArray(), [.. sizes]);
        }

        public override string ToString() =>
            $"{ContentType}, chunked {Chunked}, {Body.Length} bytes in {string.Join('+', Sizes)}: {Convert.ToBase64String(Body)}";

        private static byte[] Noise(Random random)
        {
            var noise = new byte[random.Next(1, 400)];
            random.NextBytes(noise);
            return noise;
        }
    }
}
