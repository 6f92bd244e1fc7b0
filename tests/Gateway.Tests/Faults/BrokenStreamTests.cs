using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Streams that are not what the protocol says: the client gets them as they are, and the record says what could be read.</summary>
public class BrokenStreamTests
{
    private const string Done = "data: [DONE]\n\n";

    private static readonly Dictionary<string, Broken> Streams = new()
    {
        ["garbage between the events"] = new(
            Samples.Delta("a") + "%%%% no field\r\n\0\u0001: x\n\n" + "data: {no json}\n\n" + Samples.Delta("b", "stop") + Done, TerminalState.Complete, "ab", true),
        ["other types than announced"] = new(
            "data: {\"choices\":\"none\"}\n\ndata: {\"choices\":[null]}\n\ndata: [1]\n\ndata: null\n\n" + Samples.Delta("a", "stop") + Done, TerminalState.Complete, "a", true),
        ["no blank lines"] = new(Samples.Delta("a")[..^1] + Samples.Delta("b")[..^1] + Samples.Delta("c", "stop")[..^1], TerminalState.Truncated, "a", true),
        ["JSON cut short"] = new(Samples.Delta("a") + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b", TerminalState.Truncated, "a", true),
        ["a line that never ends"] = new("data: " + new string('x', 20_000), TerminalState.Truncated, null, true),
        ["another format"] = new("<html><body>Bad gateway</body></html>", TerminalState.Truncated, null, false),
        ["nothing"] = new("", TerminalState.Truncated, null, false),
        ["an error instead of the rest"] = new(Samples.Delta("a") + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", TerminalState.UpstreamAbort, "a", false),
        ["no final usage"] = new(Samples.Delta("Grüße") + Samples.Delta(" 👋", "stop") + Done, TerminalState.Complete, "Grüße 👋", false),
        ["no end marker, but a finish reason"] = new(Samples.Delta("a", "stop"), TerminalState.Complete, "a", false),
        ["invalid UTF-8"] = new(
            [
                .. Encoding.UTF8.GetBytes(Samples.Delta("x-").Split("x-")[0] + "x-"), 0xC3, 0x28, 0xFF,
                .. Encoding.UTF8.GetBytes(Samples.Delta("x-").Split("x-")[1] + Samples.Delta("", "stop") + Done),
            ],
            TerminalState.Complete, "x-\uFFFD(\uFFFD", true),
    };

    public static IEnumerable<object[]> Names => Streams.Keys.Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Post_BrokenStream_SameBytesForTheClientAndInTheRecordWithWhatCouldBeRead(string name)
    {
        var broken = Streams[name];
        foreach (var size in (int[])[int.MaxValue, 3])
        {
            var (answer, exchange) = await OneCall.RunAsync(async request =>
            {
                await request.BeginStreamAsync();
                foreach (var chunk in broken.Bytes.Chunk(size))
                {
                    await request.SendChunkAsync(chunk);
                }

                await request.EndChunksAsync();
            });

            Assert.True(answer.Whole);
            Assert.Equal(broken.Bytes, answer.Body);
            OneCall.AssertRecorded(broken.Bytes, exchange.ResponseBody);
            Assert.Equal((broken.State, broken.Response, null), (exchange.State, exchange.Response, exchange.Usage));
            Assert.Equal(broken.HasError, exchange.ParseError is not null);
        }
    }

    private sealed record Broken(byte[] Bytes, TerminalState State, string? Response, bool HasError)
    {
        public Broken(string text, TerminalState state, string? response, bool hasError)
            : this(Encoding.UTF8.GetBytes(text), state, response, hasError)
        {
        }
    }
}
