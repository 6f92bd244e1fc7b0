using FsCheck;
using FsCheck.Fluent;

namespace Tda.Core.Tests.Text;

public class SseReaderTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithReplay(20251017, 1).WithMaxTest(2_000);

    // Comments, both line ends and characters of several bytes.
    private const string Stream =
        "data: {\"delta\":{\"role\":\"assistant\"}}\n\n: ping\n\ndata: {\"delta\":{\"content\":\"Grüße\"}}\r\n\r\n"
        + "event: x\ndata: {\"delta\":{\"content\":\" 👋!\"}}\n\ndata: {\"usage\":{}}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData("data: a\n\n", "a")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a\n\n", " a")]
    [InlineData("data: a\r\n\r\ndata: b\r\rdata: c\n\n", "a|b|c")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    [InlineData("event: x\nid: 1\nretry: 5\n: comment\ndata: a\n\n", "a")]
    [InlineData("data\n\n", "")]
    [InlineData("event: none\n\n", null)]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData("data: a", "a")]
    [InlineData("datax: a\n\n", null)]
    public void Read_Stream_EventsOfTheStandard(string stream, string? expected) =>
        Assert.Equal(expected, Parse(Encoding.UTF8.GetBytes(stream), []) is { Count: > 0 } events ? string.Join('|', events.Select(e => e.Data)) : null);

    [Fact]
    public void Read_SplitAtEveryByte_SameEventsAsWhole()
    {
        var bytes = Encoding.UTF8.GetBytes(Stream);
        var whole = Parse(bytes, []);
        Assert.Equal(5, whole.Count);
        for (var i = 0; i <= bytes.Length; i++)
        {
            Assert.Equal(whole, Parse(bytes, [i]));
        }

        Assert.Equal(whole, Parse(bytes, [.. Enumerable.Range(0, bytes.Length)]));
    }

    [Fact]
    public void Read_AnyBytesSplitAnywhere_SameEventsAsWhole()
    {
        // Mostly the characters that mean something, so that random streams are not just noise.
        var piece = Gen.Elements("data:", "data: ", "\n", "\r", "\r\n", ":", "é", "👋", "[DONE]", "event: x", "{}", "\uFEFF");
        var stream = piece.ArrayOf().Select(string.Concat).Select(Encoding.UTF8.GetBytes);
        var garbled = Gen.Zip(stream, Gen.Choose(0, 255).ArrayOf()).Select(pair => pair.Item1.Concat(pair.Item2.Select(b => (byte)b)).ToArray());
        Prop.ForAll(Gen.Zip(garbled, Gen.Choose(0, 200).ArrayOf()).ToArbitrary(), sample =>
            Assert.Equal(Parse(sample.Item1, []), Parse(sample.Item1, sample.Item2))).Check(Fixed);
    }

    private static List<(string Data, long Offset)> Parse(byte[] bytes, int[] cuts)
    {
        var reader = new SseReader();
        var events = new List<(string Data, long Offset)>();
        var start = 0;
        foreach (var cut in cuts.Where(c => c <= bytes.Length).Order())
        {
            Read(bytes.AsSpan(start, cut - start));
            start = cut;
        }

        Read(bytes.AsSpan(start));
        if (reader.TryComplete(out var last))
        {
            events.Add((Encoding.UTF8.GetString(last.Data), last.Offset));
        }

        return events;

        void Read(ReadOnlySpan<byte> piece)
        {
            while (reader.TryRead(ref piece, out var one))
            {
                events.Add((Encoding.UTF8.GetString(one.Data), one.Offset));
            }
        }
    }
}
