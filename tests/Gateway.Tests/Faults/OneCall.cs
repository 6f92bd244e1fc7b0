using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>One call through a gateway of its own to an upstream that does what a script says.</summary>
internal static class OneCall
{
    /// <summary>
    /// Makes the call; asserts that it is recorded, that the counters add up, and that the record has the request and holds of the
    /// answer whatever the client was given, byte for byte.
    /// </summary>
    public static async Task<(WireAnswer Answer, Exchange Exchange)> RunAsync(
        Func<UpstreamRequest, Task> script, string path = "/v1/chat/completions", string request = Samples.StreamRequest)
    {
        await using var upstream = new ScriptedUpstream(script);
        await using var gateway = await TestGateway.StartAsync(upstream);
        var sent = Encoding.UTF8.GetBytes(request);
        var answer = await WireAnswer.PostAsync(gateway.Url, path, sent);
        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(sent, exchange.RequestBody.Bytes);
        AssertRecorded(exchange.ResponseBody.Bytes, exchange.ResponseBody);
        Assert.True(exchange.ResponseBody.Bytes.AsSpan().StartsWith(answer.Body), "the client got bytes that are not in the record");
        return (answer, exchange);
    }

    /// <summary>Asserts that a body is recorded as it went over the wire.</summary>
    public static void AssertRecorded(byte[] wire, RecordedBody body)
    {
        Assert.True(wire.AsSpan().SequenceEqual(body.Bytes), $"{body.Bytes.Length} other bytes are recorded than the {wire.Length} of the wire");
        Assert.Equal((wire.LongLength, RecordedBody.Of(wire).Sha256, 0), (body.Length, body.Sha256, body.Redactions));
    }
}
