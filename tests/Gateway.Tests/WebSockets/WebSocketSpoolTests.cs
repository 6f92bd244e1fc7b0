using Microsoft.AspNetCore.Http;
using Tda.Gateway.Capture;
using Tda.Gateway.Spool;
using Tda.Gateway.Tests.Spool;
using Tda.Gateway.WebSockets;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>What is spooled of a connection while it is open.</summary>
public sealed class WebSocketSpoolTests : IDisposable
{
    private const int SegmentBytes = 64 << 10;

    private readonly TempDirectory _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly SpoolDirectory _directory;
    private readonly SpoolWriter _writer;
    private readonly ExchangeCapture _capture;
    private readonly WebSocketCapture _messages;
    private readonly List<string> _said = [];

    public WebSocketSpoolTests()
    {
        _directory = SpoolDirectory.Create(_folder.Path, Guid.CreateVersion7());
        _writer = SpoolSamples.Writer(_directory, SegmentBytes);
        _capture = RecordedMessages.Capture(new DefaultHttpContext(), _directory.Session.ToString(), _time);
        _messages = new(_capture, extensions: null, 1 << 20, _time);
        _capture.Upgraded();
    }

    public void Dispose()
    {
        _messages.Dispose();
        _capture.Dispose();
        _writer.Dispose();
        _directory.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void SpoolProgress_Forced_AllThatCameAndNothingIsTakenBackLater()
    {
        for (var i = 0; i < 200; i++)
        {
            Say($"message {i} of a talk that goes on");
            _capture.SpoolProgress(_writer, force: i % 7 == 0);
            if (i % 7 == 0)
            {
                AssertSpooled();
            }

            _time.Advance(TimeSpan.FromMilliseconds(i % 3 == 0 ? 1200 : 10));
            var before = Spooled().Count;
            _capture.SpoolProgress(_writer, force: false);
            Assert.True(Spooled().Count >= before, $"after message {i} the spool has fewer messages than before");
        }
    }

    [Fact]
    public void SpoolProgress_Silence_TheLastWordsAfterASecond()
    {
        Say("one");
        _capture.SpoolProgress(_writer, force: false);
        Say("two");
        _time.Advance(TimeSpan.FromSeconds(1));

        _capture.SpoolProgress(_writer, force: false);

        AssertSpooled();
    }

    [Fact]
    public void SpoolProgress_ConnectionOfManyMinutes_OldSegmentsAreNotNeeded()
    {
        Say("early");
        _capture.SpoolProgress(_writer, force: true);
        var first = _capture.FirstSegment;
        for (var minute = 0; minute < 12; minute++)
        {
            // Other exchanges fill the spool meanwhile.
            using (var other = SpoolSamples.Record(_directory.Session, minute, responseBytes: SegmentBytes / 2))
            {
                _writer.AppendExchange(other, buffered: false);
            }

            Say($"minute {minute}");
            _time.Advance(TimeSpan.FromMinutes(1));
            _capture.SpoolProgress(_writer, force: false);
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        _capture.SpoolProgress(_writer, force: false);
        Assert.True(_capture.FirstSegment > first + 2, $"segment {_capture.FirstSegment} is still needed, and {_writer.Committed.Segment} is written");
        foreach (var old in SpoolDirectory.Segments(_directory.Path).Where(number => number < _capture.FirstSegment).ToList())
        {
            File.Delete(_directory.SegmentPath(old));
        }

        AssertSpooled();
    }

    private void Say(string text)
    {
        _said.Add(text);
        _messages.FromUpstream(WebSocketFrameReaderTests.Frame(1, Encoding.UTF8.GetBytes(text)));
        _messages.FromClient(WebSocketFrameReaderTests.Frame(1, Encoding.UTF8.GetBytes(text), mask: 77));
    }

    private void AssertSpooled() => Assert.Equal(_said.Count * 2, Spooled().Count);

    /// <summary>The messages of both sides that a restart would find.</summary>
    private List<string> Spooled()
    {
        var (_, reader) = SpoolSamples.ReadAll(_directory.Path);
        using (reader)
        {
            if (reader.Unsettled().SingleOrDefault() is not { Exchange: var exchange })
            {
                return [];
            }

            var sent = RecordedMessages.Texts(RecordedMessages.Sent(exchange));
            var received = RecordedMessages.Texts(RecordedMessages.Received(exchange));
            Assert.Equal(_said.Take(sent.Count), sent);
            Assert.Equal(_said.Take(received.Count), received);
            return [.. sent, .. received];
        }
    }
}
