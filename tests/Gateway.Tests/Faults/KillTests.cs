using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>kill -9 of a real gateway process: what a client was given is in the log.</summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 4;
    private const int Clients = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly string[] Words = [.. Enumerable.Range(0, 240).Select(i => $"word {i} and ")];
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("written")]
    [InlineData("synced")]
    public async Task Kill9_UnderLoad_EveryAnswerThatAClientHasIsInTheStoreOnceByteEqual(string durability)
    {
        await using var upstream = new ScriptedUpstream(AnswerAsync);
        var acknowledged = new ConcurrentDictionary<string, string>();
        var random = new Random(20_261_125);
        for (var round = 0; round < Rounds; round++)
        {
            var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url, "--durability", durability);
            await using (gateway)
            {
                var before = acknowledged.Count;
                var enough = random.Next(20, 200);
                var clients = Enumerable.Range(0, Clients).Select(i => Task.Run(() => TalkAsync(url, $"{round}-{i}", acknowledged))).ToList();
                await Eventually.TrueAsync(() => acknowledged.Count - before >= enough, Patience);
                gateway.Kill();
                await gateway.ExitAsync(Patience);
                await Task.WhenAll(clients);
            }
        }

        await KilledGateway.RecoverAsync(_tda, upstream.Url, Patience);
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        var stored = (await store.ReadAsync(ExchangeFilter.All).ToListAsync()).ToLookup(e => e.RequestBody.Sha256);
        foreach (var (request, response) in acknowledged)
        {
            var exchange = Assert.Single(stored[request]);
            Assert.Equal((response, TerminalState.Complete), (exchange.ResponseBody.Sha256, exchange.State));
            Assert.Equal(RecordedBody.Of(exchange.ResponseBody.Bytes).Sha256, response);
        }

        Assert.All(stored, exchanges => Assert.Single(exchanges));
        Assert.Equal(0, (await _tda.RunAsync("exchanges", "verify")).ExitCode);
    }

    [Fact]
    public async Task Kill9_MidStream_WhatHadComeIsAnExchangeOfStateGatewayAbort()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            foreach (var word in Words)
            {
                await request.SendChunkAsync(Samples.Delta(word));
            }

            await request.GatewayGoneAsync();
        });
        var (gateway, url) = await _tda.ServeAsync("gateway", "--upstream", upstream.Url);
        await using (gateway)
        {
            using var client = await RawClient.ConnectAsync(url);
            await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
            await client.ReadUntilAsync(Words[^1]);
            await Eventually.TrueAsync(() => KilledGateway.Unsettled(_tda) is [{ Exchange.ResponseBody.Length: > 0 }], Patience);
            gateway.Kill();
            await gateway.ExitAsync(Patience);
        }

        await KilledGateway.RecoverAsync(_tda, upstream.Url, Patience);
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        var exchange = Assert.Single(await store.ReadAsync(ExchangeFilter.All).ToListAsync());

        // The last kilobyte may still hold the beginning of a secret: it is spooled once more has come.
        var words = string.Concat(Words);
        Assert.StartsWith(exchange.Response!, words, StringComparison.Ordinal);
        Assert.InRange(exchange.Response!.Length, words.Length / 2, words.Length);
        Assert.Equal((TerminalState.GatewayAbort, 1L), (exchange.State, exchange.Sequence));
        Assert.Equal(Samples.StreamRequest, System.Text.Encoding.UTF8.GetString(exchange.RequestBody.Bytes));
        Assert.Equal(0, (await _tda.RunAsync("exchanges", "verify")).ExitCode);
    }

    /// <summary>An answer that differs from request to request, every third one streamed.</summary>
    private static async Task AnswerAsync(UpstreamRequest request)
    {
        var name = (string)JsonNode.Parse(request.Body)!["messages"]![0]!["content"]!;
        if (name.EndsWith('0'))
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("stream of "));
            await request.SendChunkAsync(Samples.Delta(name));
            await request.SendChunkAsync(Samples.Delta("", "stop") + "data: [DONE]\n\n");
            await request.EndChunksAsync();
        }
        else
        {
            await request.SendAsync(Samples.Json(Samples.Chat.Replace("Grüße", $"{name} {new string('x', 1500)}", StringComparison.Ordinal)));
        }
    }

    /// <summary>Asks until the gateway is gone; notes the hashes of request and answer once the last byte is there.</summary>
    private static async Task TalkAsync(Uri url, string client, ConcurrentDictionary<string, string> acknowledged)
    {
        using var http = new HttpClient { BaseAddress = url };
        for (var i = 0; ; i++)
        {
            var request = System.Text.Encoding.UTF8.GetBytes(
                $$"""{"model":"m","messages":[{"role":"user","content":"{{client}}-{{i.ToString(CultureInfo.InvariantCulture)}}"}]}""");
            using var content = new ByteArrayContent(request);
            content.Headers.ContentType = new("application/json");
            try
            {
                using var answer = await http.PostAsync(new Uri("v1/chat/completions", UriKind.Relative), content);
                var body = await answer.Content.ReadAsByteArrayAsync();
                if (answer.IsSuccessStatusCode)
                {
                    acknowledged[RecordedBody.Of(request).Sha256] = RecordedBody.Of(body).Sha256;
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                return;
            }
        }
    }
}
