using System.Buffers;
using FsCheck.Fluent;
using Tda.Gateway.WebSockets;
using Property = Tda.TestKit.Property;

namespace Tda.Gateway.Tests.WebSockets;

public class WebSocketLogTests
{
    private static readonly string[] Words = ["{\"a\":1}", "\n", "\r\n", "\t", " ", "data: x", "é👋", "\0", "", ":", "id: 9", "\n\n", "\u2028", "\uFEFF"];

    [Fact]
    public void Read_AnyMessages_TheSame()
    {
        Property.Holds(Gen.Choose(0, int.MaxValue).Select(seed => new Random(seed)), random =>
        {
            var body = new ArrayBufferWriter<byte>();
            var written = new List<(long, double, WebSocketKind, string, long?, bool)>();
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                var kind = (WebSocketKind)new[] { 1, 1, 1, 2, 9, 10, 16 }[random.Next(7)];
                var data = random.Next(4) > 0 ? Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => Words[random.Next(Words.Length)]))) : Noise(random);
                var cut = random.Next(6) == 0;
                var packed = random.Next(6) == 0;
                var at = random.Next(100_000) / 8.0;
                WebSocketLog.Append(body, i, at, new(kind, data, data.Length + 5, packed, cut));
                written.Add((i, at, kind, Convert.ToHexString(data), cut ? data.Length + 5 : null, packed));
            }

            var read = WebSocketLog.Read(body.WrittenMemory);

            Assert.Equal(written, read.Select(message => (message.Number, message.At, message.Kind, Convert.ToHexString(message.Data), message.Cut, message.Packed)));
        });
    }

    [Fact]
    public void Append_Text_AsAnEventThatPeopleCanRead()
    {
        var body = new ArrayBufferWriter<byte>();
        WebSocketLog.Append(body, 7, 1234.5, new(WebSocketKind.Text, "{\n  \"a\": 1\n}"u8, 12, packed: false, cut: false));
        WebSocketLog.Append(body, 8, 2000, new(WebSocketKind.Binary, [0, 1, 2], 3, packed: false, cut: false));
        WebSocketLog.Append(body, 9, 2001, new(WebSocketKind.Close, [0x03, 0xE8, .. "bye now"u8], 9, packed: false, cut: false));
        WebSocketLog.Append(body, 10, 2002, new(WebSocketKind.Close, [], 0, packed: false, cut: false));

        Assert.Equal(
            "id: 7\nat: 1234.500\nevent: text\ndata: {\ndata:   \"a\": 1\ndata: }\n\n"
            + "id: 8\nat: 2000.000\nevent: binary\nencoding: base64\ndata: AAEC\n\n"
            + "id: 9\nat: 2001.000\nevent: close\ndata: 1000 bye now\n\n"
            + "id: 10\nat: 2002.000\nevent: close\ndata: \n\n",
            Encoding.UTF8.GetString(body.WrittenSpan));
    }

    [Fact]
    public void Read_CutInsideAMessage_ThoseBeforeIt()
    {
        var body = new ArrayBufferWriter<byte>();
        WebSocketLog.Append(body, 1, 0, new(WebSocketKind.Text, "one"u8, 3, packed: false, cut: false));
        var first = body.WrittenCount;
        WebSocketLog.Append(body, 2, 0, new(WebSocketKind.Text, "two"u8, 3, packed: false, cut: false));

        for (var end = first; end < body.WrittenCount; end++)
        {
            Assert.Equal("one"u8.ToArray(), Assert.Single(WebSocketLog.Read(body.WrittenMemory[..end])).Data);
        }
    }

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(60)];
        random.NextBytes(noise);
        return noise;
    }
}
