using Tda.Gateway.Proxy;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Security;

/// <summary>How far clients may keep their exchanges back.</summary>
public class OptOutTests
{
    [Theory]
    [InlineData(OptOut.Record, "record", 200)]
    [InlineData(OptOut.Record, "distill, record", 200)]
    [InlineData(OptOut.Distill, "record", 403)]
    [InlineData(OptOut.Distill, "distill, record", 403)]
    [InlineData(OptOut.Distill, "distill", 200)]
    [InlineData(OptOut.None, "distill", 403)]
    [InlineData(OptOut.None, "", 200)]
    [InlineData(OptOut.Record, "recrod", 400)]
    [InlineData(OptOut.None, "yes", 400)]
    public async Task Post_OptOut_AsFarAsTheOptionAllows(OptOut allowed, string asked, int status)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { AllowOptOut = allowed });

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, $"X-Tda-Opt-Out: {asked}\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        Assert.Equal(status == 200 ? 1 : 0, upstream.Requests.Count);
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal(status == 200 && !asked.Contains("record", StringComparison.Ordinal) ? 1 : 0, exchanges.Count);
        Assert.All(exchanges, exchange => Assert.Equal(asked == "distill", exchange.Tags.ContainsKey("tda.distill")));
    }
}
