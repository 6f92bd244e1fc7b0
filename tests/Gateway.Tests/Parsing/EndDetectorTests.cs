using FsCheck.Fluent;
using Tda.Gateway.Capture;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Parsing;

public class EndDetectorTests
{
    [Fact]
    public void FreeBytes_StreamSplitAtEveryByte_TheMarkersLastByteIsNeverFree()
    {
        // The marker is whole only with its last byte: as long as that is held, the client can't take the answer for done.
        var bytes = Encoding.UTF8.GetBytes(Samples.ChatStream);
        var lastOfMarker = bytes.Length - 3;
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var detector = new EndDetector(null, eventStream: true);
            var free = detector.FreeBytes(bytes.AsSpan(0, cut));
            if (free == cut)
            {
                free += detector.FreeBytes(bytes.AsSpan(cut));
            }

            Assert.True(free <= lastOfMarker, $"cut at {cut}: {free} bytes were free");
        }
    }

    [Theory]
    [InlineData(10, 4, 4)]
    [InlineData(10, 10, 0)]
    public void FreeBytes_ContentLength_ThePieceThatReachesItIsHeld(long length, int piece, int free) =>
        Assert.Equal(free, new EndDetector(length, eventStream: false).FreeBytes(new byte[piece]));

    [Fact]
    public void FreeBytes_StreamWithoutMarker_AllFree()
    {
        var detector = new EndDetector(null, eventStream: true);

        Assert.Equal(Samples.Delta("x").Length, detector.FreeBytes(Encoding.UTF8.GetBytes(Samples.Delta("x"))));
    }

    [Theory]
    [InlineData("data: [DONE]")]
    [InlineData("data:[DONE]")]
    [InlineData("event: message_stop\ndata: {\"type\":\"message_stop\"}")]
    [InlineData("event:message_stop\ndata: {}")]
    [InlineData("data: {\"type\":\"message_stop\"}")]
    [InlineData("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}")]
    [InlineData("data: {\"type\": \"response.incomplete\"}")]
    [InlineData("event: response.failed\r\ndata: {}")]
    [InlineData("event: error\ndata: {}")]
    public void FreeBytes_EndOfAProtocol_HeldWithItsBlankLineHoweverItIsCut(string end)
    {
        var before = Encoding.UTF8.GetBytes(Samples.Delta("data: [DONE]"));
        byte[] stream = [.. before, .. Encoding.UTF8.GetBytes(end + "\n\n")];
        for (var cut = before.Length; cut < stream.Length; cut++)
        {
            var detector = new EndDetector(null, eventStream: true);
            var free = detector.FreeBytes(stream.AsSpan(0, cut));
            Assert.True(free >= before.Length, $"cut at {cut}: of the {before.Length} bytes before the end only {free} were free");
            var rest = detector.FreeBytes(stream.AsSpan(cut));
            Assert.True(free < cut || rest < stream.Length - cut, $"cut at {cut}: all was free");
            Assert.Equal(0, detector.FreeBytes("\n"u8));
        }
    }

    [Fact]
    public void FreeBytes_MoreEventsAfterAnEnd_NotHeldAnyLonger()
    {
        var detector = new EndDetector(null, eventStream: true);

        Assert.Equal(0, detector.FreeBytes("event: error\ndata: {}\n\n"u8));
        Assert.Equal(11, detector.FreeBytes("data: more\n"u8));
        Assert.Equal(1, detector.FreeBytes("\n"u8));
        Assert.Equal(0, detector.FreeBytes("data: [DONE]\n\n"u8));
    }

    [Fact]
    public void FreeBytes_AnyStreamCutAnywhere_NeverMoreThanThePiece()
    {
        var piece = Gen.Elements("data:", "data: [DONE]", "event: ", "message_stop", "response.completed", "\n", "\r", "\n\n", "{\"type\":\"", "x", " ", "é");
        TestKit.Property.Holds(piece.ArrayOf().Select(string.Concat).ArrayOf(), pieces =>
        {
            var bytes = pieces.Select(Encoding.UTF8.GetBytes).ToArray();
            var detector = new EndDetector(null, eventStream: true);
            foreach (var one in bytes)
            {
                var free = detector.FreeBytes(one);
                Assert.True(free >= 0 && free <= one.Length);
            }
        }, cases: 2_000);
    }

    [Fact]
    public void FreeBytes_StreamInPieces_AllocatesNothing()
    {
        byte[][] pieces = [.. new[] { "event: message_delta\r", "\ndata: {\"type\":\"x\"}\n", "\ndata: [DO", "NE]\n\n" }.Select(Encoding.UTF8.GetBytes)];
        var detector = new EndDetector(null, eventStream: true);

        Allocations.AssertNone(() =>
        {
            foreach (var piece in pieces)
            {
                detector.FreeBytes(piece);
            }
        });
    }
}
