using System.Text.Json.Nodes;
using Tda.Gateway.Tests.Faults;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Budget;

/// <summary>A gateway in a process of its own with a limited heap, under all attacks at once: it must live, and have lost nothing.</summary>
public sealed class HeapLimitTests : IDisposable
{
    private const int Clients = 60;
    private const string Chat = "/v1/chat/completions";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    // The first four ended a process with this limit, or made it take gigabytes without one.
    [Fact]
    public async Task Gateway_HeapOf640MiBUnderAttack_LivesAndItsLogVerifies()
    {
        _tda.Variables["DOTNET_GCHeapHardLimit"] = (640L << 20).ToString("X", CultureInfo.InvariantCulture);
        var twice = Packing.Bomb("gzip, gzip", 1 << 28);
        var once = Packing.Bomb("gzip", 300 << 20);
        var costly = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat(@"\\\/", 3 << 20))}}"}]}""");
        var tokens = Packing.Pack("gzip", Encoding.UTF8.GetBytes("""{"choices":[{"message":{"content":""},"logprobs":{"content":["""
            + string.Concat(Enumerable.Range(0, 600_000).Select(i => $$"""{"token":"{{i % 10}}","logprob":0},""")) + """{"token":"","logprob":0}]}}]}"""));
        await using var crowd = new CountingUpstream();
        await using var hostile = new ScriptedUpstream(async request =>
        {
            var (encoding, body) = request.BodyText.Contains("twice", StringComparison.Ordinal) ? ("gzip, gzip", twice)
                : request.BodyText.Contains("tokens", StringComparison.Ordinal) ? ("gzip", tokens) : ("gzip", once);
            await request.SendAsync(Packing.Head(encoding, body.Length));
            await request.SendAsync(body);
        });

        // Both upstreams, by route.
        _tda.Folder.Write("gateway.json", $$"""{ "upstream": "{{crowd.Url}}", "routes": { "/v1/completions": { "upstream": "{{hostile.Url}}" } } }""");
        var (gateway, url) = await _tda.ServeAsync("gateway", "--config", "gateway.json");
        await using (gateway)
        {
            var bodies = Enumerable.Range(0, Clients).Select(i => CrowdTests.Body(i, 14 << 20)).ToList();
            List<Task<WireAnswer>> attacks =
            [
                .. Enumerable.Range(0, 4).Select(_ => Post(twice, "gzip, gzip")),
                .. Enumerable.Range(0, 4).Select(_ => Post(once, "gzip")),
                .. Enumerable.Range(0, 4).Select(_ => Post(costly, null)),
                .. bodies.Select(body => Post(body, null)),
            ];
            List<(Task<WireAnswer> Got, byte[] Sent)> answers =
            [
                .. Enumerable.Range(0, 4).Select(_ => (Ask("twice"), twice)),
                .. Enumerable.Range(0, 4).Select(_ => (Ask("once"), once)),
                .. Enumerable.Range(0, 4).Select(_ => (Ask("tokens"), tokens)),
            ];
            Assert.All(await Task.WhenAll(attacks), answer => Assert.Equal(Samples.Chat, Encoding.UTF8.GetString(answer.Body)));
            foreach (var (got, sent) in answers)
            {
                Assert.Equal(sent, (await got).Body);
            }

            Assert.Subset(crowd.Bodies.ToHashSet(), bodies.Append(twice).Append(once).Append(costly).Select(CrowdTests.Hash).ToHashSet());

            // All goes on as ever.
            await Post(Packing.Pack("gzip", Encoding.UTF8.GetBytes(Samples.ChatRequest)), "gzip");
            var health = await SettledAsync(url);
            Assert.Contains("bodies are recorded up to 6144 KiB, not 65536", gateway.Error, StringComparison.Ordinal);
            var all = attacks.Count + answers.Count + 1;
            Assert.Equal((all, all, 0L, 0L), ((int)health["forwarded"]!, (int)health["recorded"]!, (long)health["difference"]!, (long)health["memory_bytes"]!));
            // The eight smallest bombs are always taken whole, and kept packed; of the others some come while there is no memory, and are cut.
            Assert.True((long)health["limited"]!["packed"]! >= 8 && (long)health["limited"]!["cut"]! > 0, health.ToJsonString());
            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }

        var verified = await _tda.RunAsync("exchanges", "verify");
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        var last = (await store.ReadAsync(ExchangeFilter.All).Where(exchange => exchange.Prompt?.Contains("Grüße", StringComparison.Ordinal) == true).ToListAsync()).Single();
        Assert.Equal((Samples.Answer, (string?)null), (last.Response, last.ParseError));

        Task<WireAnswer> Post(byte[] body, string? encoding) =>
            Task.Run(() => WireAnswer.PostAsync(url, Chat, body, encoding is null ? "" : $"Content-Encoding: {encoding}\r\n"));

        Task<WireAnswer> Ask(string what) =>
            Task.Run(() => WireAnswer.PostAsync(url, "/v1/completions", Encoding.UTF8.GetBytes($$"""{"model":"m","prompt":"{{what}}"}""")));
    }

    private static async Task<JsonNode> SettledAsync(Uri url)
    {
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var health = JsonNode.Parse(await http.GetStringAsync(new Uri(url, "health"), patience.Token))!;
            if ((int)health["pending"]! == 0 && (int)health["in_flight"]! == 0)
            {
                return health;
            }

            await Task.Delay(50, patience.Token);
        }
    }
}
