using System.IO.Compression;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Proxy;

public class FaithfulForwardingTests
{
    [Fact]
    public async Task Post_ChatAnswer_BytesPassUnchangedBothWays()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat, headers: "X-Unknown: kept\r\nX-Request-Id: r-1\r\n"));
        await using var gateway = await TestGateway.StartAsync(upstream);

        // Spaces, unknown fields, escapes and duplicate keys: all that a parser and a writer would change.
        const string Body = "{ \"model\" : \"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\u0062c\"}], \"zzz\":1.0e3, \"zzz\":2 }";
        var response = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions?a=b%2Fc&d=%C3%BC", Body, "X-Custom: Value, With;Odd=Chars\r\nAccept-Encoding: gzip\r\n");

        var (head, body) = Split(response);
        Assert.Equal(Samples.Chat, body);
        Assert.Contains("X-Unknown: kept", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Server:", head, StringComparison.OrdinalIgnoreCase);
        var seen = Assert.Single(upstream.Requests);
        Assert.Equal(Body, seen.BodyText);
        Assert.StartsWith("POST /v1/chat/completions?a=b%2Fc&d=%C3%BC HTTP/1.1", seen.Head, StringComparison.Ordinal);
        Assert.Contains("X-Custom: Value, With;Odd=Chars", seen.Head, StringComparison.Ordinal);
        Assert.Contains("Accept-Encoding: gzip", seen.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Forwarded", seen.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("traceparent", seen.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"Host: {new Uri(upstream.Url).Authority}", seen.Head, StringComparison.Ordinal);

        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(Body, Encoding.UTF8.GetString(exchange.RequestBody.Bytes));
        Assert.Equal(Samples.Chat, Encoding.UTF8.GetString(exchange.ResponseBody.Bytes));
        Assert.Equal((TerminalState.Complete, 200, "abc", Samples.Answer), (exchange.State, exchange.Status!.Value, exchange.Prompt, exchange.Response));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_HeadersBeyondAscii_BytesPassBothWaysAndTheLogHasTheirText(bool utf8)
    {
        var encoding = utf8 ? Encoding.UTF8 : Encoding.Latin1;
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync(encoding.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Disposition: attachment; filename=\"résumé.pdf\"\r\nContent-Length: {Encoding.UTF8.GetByteCount(Samples.Chat)}\r\n\r\n"));
            await request.SendAsync(Encoding.UTF8.GetBytes(Samples.Chat));
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        await client.SendAsync(encoding.GetBytes("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-Title: Café\r\nX-Tda-Tags: team=Zoë\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"));
        var answer = await client.ReadBytesToEndAsync();

        Assert.Contains("filename=\"résumé.pdf\"", encoding.GetString(answer), StringComparison.Ordinal);
        Assert.Contains("X-Title: Café", encoding.GetString(Encoding.Latin1.GetBytes(Assert.Single(upstream.Requests).Head)), StringComparison.Ordinal);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((200, TerminalState.Complete, "Zoë"), (exchange.Status!.Value, exchange.State, exchange.Tags["team"]));
        Assert.Equal("Café", exchange.RequestHeaders.Single(header => header.Name == "X-Title").Value);
        Assert.Contains("résumé", exchange.ResponseHeaders.Single(header => header.Name == "Content-Disposition").Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_OtherRoute_ForwardedAndRecordedRaw()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json("{\"data\":[]}", "201 Created"));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var (head, body) = Split(await RawClient.PostAsync(gateway.Url, "/v1/embeddings/x%2Fy", "not json at all"));

        Assert.StartsWith("HTTP/1.1 201 Created", head, StringComparison.Ordinal);
        Assert.Equal("{\"data\":[]}", body);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(("/v1/embeddings/{id}", 201, null, null), (exchange.Route, exchange.Status!.Value, exchange.Prompt, exchange.ParseError));
        Assert.Equal("not json at all", Encoding.UTF8.GetString(exchange.RequestBody.Bytes));
    }

    [Fact]
    public async Task Post_Stream_EachChunkReachesTheClientBeforeTheNextIsSent()
    {
        var received = new SemaphoreSlim(0);
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await received.WaitAsync();
            foreach (var word in (string[])["one", "two", "three"])
            {
                await request.SendChunkAsync(Samples.Delta(word));
                await received.WaitAsync();
            }

            await request.SendChunkAsync(Samples.Delta("", "stop") + "data: [DONE]\n\n");
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest, "Connection: close\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        received.Release();
        foreach (var word in (string[])["one", "two", "three"])
        {
            // Would the gateway hold a chunk until the next, this would wait for ever.
            await client.ReadUntilAsync(word);
            received.Release();
        }

        await client.ReadUntilAsync("[DONE]\n\n");
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(("onetwothree", TerminalState.Complete, true), (exchange.Response, exchange.State, exchange.Streamed));
        Assert.InRange(exchange.FirstTokenMs!.Value, 0, exchange.TotalMs);
    }

    [Fact]
    public async Task Post_CompressedAnswer_StaysCompressedForTheClientAndIsParsed()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Samples.Chat));
        }

        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n");
            await request.SendAsync(packed.ToArray());
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var http = new HttpClient();

        using var response = await http.PostAsync(new Uri(gateway.Url, "/v1/chat/completions"), new StringContent(Samples.ChatRequest));

        Assert.Equal(packed.ToArray(), await response.Content.ReadAsByteArrayAsync());
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(packed.ToArray(), exchange.ResponseBody.Bytes);
        Assert.Equal(Samples.Answer, exchange.Response);
    }

    [Fact]
    public async Task Post_BodyBeyondTheRecordersLimit_ForwardedWholeAndRecordedWithLengthAndHash()
    {
        var large = "{\"pad\":\"" + new string('x', 300_000) + "\"}";
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(large));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxRecordedBodyBytes = 1000 });

        var (_, body) = Split(await RawClient.PostAsync(gateway.Url, "/v1/completions", large));

        Assert.Equal(large, body);
        Assert.Equal(large, Assert.Single(upstream.Requests).BodyText);
        var exchange = await gateway.StopAndReadOneAsync();
        var expected = RecordedBody.Of(Encoding.UTF8.GetBytes(large));
        Assert.True(exchange.ResponseBody.Truncated);
        Assert.Equal((expected.Length, expected.Sha256), (exchange.ResponseBody.Length, exchange.ResponseBody.Sha256));
        Assert.Equal(expected.Bytes[..1000], exchange.ResponseBody.Bytes);
        Assert.Contains("limit", exchange.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_Tags_RecordedAndNotForwarded()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, "X-Tda-Tags: run=demo, split=benign\r\n");

        Assert.DoesNotContain("X-Tda", Assert.Single(upstream.Requests).Head, StringComparison.OrdinalIgnoreCase);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(new Dictionary<string, string> { ["run"] = "demo", ["split"] = "benign" }, exchange.Tags);
    }

    [Fact]
    public async Task Post_UpstreamWithPathAndApiRoot_ForwardedBelowThatPath()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream.Url + "/openai/v1/");

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);

        Assert.StartsWith("POST /openai/v1/chat/completions HTTP", Assert.Single(upstream.Requests).Head, StringComparison.Ordinal);
    }

    private static (string Head, string Body) Split(string response)
    {
        var end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (response[..end], response[(end + 4)..]);
    }
}
