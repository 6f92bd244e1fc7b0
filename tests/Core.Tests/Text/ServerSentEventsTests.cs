namespace Tda.Core.Tests.Text;

public class ServerSentEventsTests
{
    [Theory]
    [InlineData("data: a\n\ndata:b\r\n\r\ndata:  c", "a|b| c")]
    [InlineData("event: x\ndata: a\n: data: b\n\n", "a")]
    [InlineData("datax: a\ndata\n\n", "")]
    [InlineData("data:\n\n", "")]
    [InlineData("", "")]
    public void NextData_Body_EachLineOfData(string body, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var found = new List<string>();
        for (var at = 0; ServerSentEvents.NextData(bytes, ref at, out var data);)
        {
            found.Add(Encoding.UTF8.GetString(bytes[data]));
        }

        Assert.Equal(expected, string.Join('|', found));
    }

    [Fact]
    public void Event_Data_ReadAsOneEvent()
    {
        ReadOnlySpan<byte> piece = ServerSentEvents.Event("{}"u8);
        var reader = new SseReader();

        Assert.True(reader.TryRead(ref piece, out var one));
        Assert.Equal("{}", Encoding.UTF8.GetString(one.Data));
        Assert.True(piece.IsEmpty);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("data: a\n", 0)]
    [InlineData("data: a\n\n", 9)]
    [InlineData("data: a\n\ndata: b", 9)]
    [InlineData("data: a\r\n\r\nx", 11)]
    [InlineData("data: a\r\r", 0)] // a line feed may still belong to the second CR
    [InlineData("data: a\r\rx", 9)]
    public void LastBoundary_Stream_EndOfTheLastWholeEvent(string stream, int expected) =>
        Assert.Equal(expected, ServerSentEvents.LastBoundary(Encoding.UTF8.GetBytes(stream)));
}
