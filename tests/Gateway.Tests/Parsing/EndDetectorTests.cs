using System.Text;
using Tda.Gateway.Capture;
using Tda.Gateway.Tests.Support;

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
}
