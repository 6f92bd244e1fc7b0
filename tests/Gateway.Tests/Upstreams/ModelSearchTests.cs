using Microsoft.AspNetCore.Http;
using Tda.Gateway.Upstreams;

namespace Tda.Gateway.Tests.Upstreams;

public class ModelSearchTests
{
    [Theory]
    [InlineData("""{"model":"m-1","messages":[]}""", "m-1")]
    [InlineData("""{"messages":[{"model":"inner","content":"\"model\":\"text\""}],"model":"m-1"}""", "m-1")]
    [InlineData("""{"metadata":{"model":"inner"}}""", null)]
    [InlineData("""{"mo\u0064el":"m-1"}""", "m-1")]
    [InlineData("""{"model":5}""", null)]
    [InlineData("""{"model":"a","model":"b"}""", "a")]
    [InlineData("""["model","m"]""", null)]
    [InlineData("""{"model":"m-""", null)]
    [InlineData("no json", null)]
    [InlineData("", null)]
    [InlineData("\u001f\u008b packed", null)]
    public async Task InBodyAsync_Body_TheTopLevelModelAndTheBytesAsTheyCame(string body, string? model)
    {
        foreach (var piece in (int[])[1, 7, int.MaxValue])
        {
            var request = Request(Encoding.UTF8.GetBytes(body), piece, announced: piece != 7);

            Assert.Equal(model, await ModelSearch.InBodyAsync(request, TestContext.Current.CancellationToken));
            Assert.Equal(body, await new StreamReader(request.Body).ReadToEndAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task InBodyAsync_ModelBeforeALongRest_RestIsNotRead()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m-1","x":"{{new string('x', 1 << 20)}}"}""");
        var request = Request(body, 10_000, announced: true);
        var pieces = (Pieces)request.Body;

        Assert.Equal("m-1", await ModelSearch.InBodyAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(10_000, pieces.Given);
        var copy = new MemoryStream();
        await request.Body.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(body, copy.ToArray());
    }

    [Fact]
    public async Task InBodyAsync_ModelBehindALongText_Found()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"x":"{{new string('x', 3 << 20)}}","model":"m-1"}""");

        Assert.Equal("m-1", await ModelSearch.InBodyAsync(Request(body, 5_000, announced: false), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task InBodyAsync_ModelBeyondTheBound_NullAndNotMoreReadThanThat()
    {
        var request = Request(Encoding.UTF8.GetBytes($$"""{"x":"{{new string('x', 9 << 20)}}","model":"m-1"}"""), 1 << 20, announced: true);
        var pieces = (Pieces)request.Body;

        Assert.Null(await ModelSearch.InBodyAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(8 << 20, pieces.Given);
    }

    private static HttpRequest Request(byte[] body, int piece, bool announced)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new Pieces(body, piece);
        request.ContentLength = announced ? body.Length : null;
        return request;
    }

    /// <summary>Gives at most so many bytes at a time, as a network does.</summary>
    private sealed class Pieces(byte[] body, int piece) : MemoryStream(body)
    {
        public long Given { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
            Given += read;
            return read;
        }
    }
}
