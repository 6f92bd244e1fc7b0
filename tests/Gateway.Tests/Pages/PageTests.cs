using System.Net;
using Tda.Gateway.Tests.Support;
using Tda.Store;

namespace Tda.Gateway.Tests.Pages;

public class PageTests
{
    private const string Hostile = "<script>alert(1)</script>\u202Egnp.exe\u200B";

    [Fact]
    public async Task Get_ModelOutputWithMarkup_ShownAsTextUnderAStrictPolicy()
    {
        var chat = JsonSerializer.Serialize(new { model = Hostile, choices = new[] { new { index = 0, message = new { role = "assistant", content = Hostile }, finish_reason = "stop" } } });
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", JsonSerializer.Serialize(new { messages = new[] { new { role = Hostile, content = Hostile } } }));
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;
        using var http = await gateway.OpenPagesAsync();

        foreach (var path in (string[])["/exchanges", "/exchanges/" + id])
        {
            using var response = await http.GetAsync(path);
            var page = await response.Content.ReadAsStringAsync();

            Assert.Equal(["<script src=\"/assets/desk.js\" defer>"], page.Split("<script").Skip(1).Select(part => "<script" + part[..(part.IndexOf('>', StringComparison.Ordinal) + 1)]));
            Assert.DoesNotContain("\u202E", page, StringComparison.Ordinal);
            Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;[U+202E RLO]gnp.exe[U+200B ZWSP]", page, StringComparison.Ordinal);
            Assert.Contains("default-src 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Contains("; script-src 'self';", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Contains("<b>1</b> recorded", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Get_Exchange_ShowsMessagesResponseLogprobsAndHidesRaw()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;
        using var http = await gateway.OpenPagesAsync();

        var page = await http.GetStringAsync("/exchanges/" + id);

        Assert.Contains(">Grüße 👋!</div>", page, StringComparison.Ordinal);
        Assert.Contains("<caption>2 tokens, -0.75 nats in all</caption>", page, StringComparison.Ordinal);
        Assert.Contains("<code>Hallo</code> 22.3 %", page, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"/exchanges/{id}/raw\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown_field", page, StringComparison.Ordinal);
        Assert.Contains("unknown_field", await http.GetStringAsync($"/exchanges/{id}/raw"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ListOfManyExchanges_PagesReachEachOnce()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await Task.WhenAll(Enumerable.Range(0, 101).Select(_ => RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest)));
        await gateway.Server.DrainedAsync();
        using var http = await gateway.OpenPagesAsync();

        var seen = new List<string>();
        for (var path = "/exchanges?text=" + Uri.EscapeDataString("Grüße"); path is not null;)
        {
            var page = await http.GetStringAsync(path);
            seen.AddRange(page.Split("href=\"/exchanges/").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]));
            var next = page.IndexOf("rel=\"next\" href=\"", StringComparison.Ordinal);
            path = next < 0 ? null : WebUtility.HtmlDecode(page[(next + 17)..].Split('"')[0]);
        }

        Assert.Equal(101, seen.Count);
        Assert.Equal(101, seen.Distinct().Count());
    }

    [Fact]
    public async Task Get_ListByLabel_ShowsThoseWhoseValueIsSo()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        var ids = await gateway.Server.Store.ListAsync(ExchangeFilter.All).Select(exchange => exchange.Id).ToListAsync();
        foreach (var (id, value) in ids.Zip((double[])[.9, .2]))
        {
            await gateway.Server.Store.AddFeedbackAsync(new() { ExchangeId = id, Label = "harm", Value = value, At = DateTimeOffset.UnixEpoch, By = "judge" });
        }

        using var http = await gateway.OpenPagesAsync();
        var harmful = await http.GetStringAsync("/exchanges?label=" + Uri.EscapeDataString("harm>=.5"));
        var harmless = await http.GetStringAsync("/exchanges?label=" + Uri.EscapeDataString("harm<.5"));

        Assert.Equal((true, false), (harmful.Contains(ids[0], StringComparison.Ordinal), harmful.Contains(ids[1], StringComparison.Ordinal)));
        Assert.Equal((false, true), (harmless.Contains(ids[0], StringComparison.Ordinal), harmless.Contains(ids[1], StringComparison.Ordinal)));
        Assert.Contains("value=\"harm&gt;=0.5\"", harmful, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Runs_ListsAndServesReportsAndNothingOutside()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        Directory.CreateDirectory(gateway.Home.RunDirectory("run-1"));
        await File.WriteAllTextAsync(Path.Combine(gateway.Home.RunDirectory("run-1"), "report.html"), "<h1>the report</h1>");
        await File.WriteAllTextAsync(Path.Combine(gateway.Home.Root, "report.html"), "outside");
        using var http = await gateway.OpenPagesAsync();

        Assert.Contains("href=\"/runs/run-1\"", await http.GetStringAsync("/runs"), StringComparison.Ordinal);
        using var report = await http.GetAsync("/runs/run-1");
        Assert.Equal("<h1>the report</h1>", await report.Content.ReadAsStringAsync());
        Assert.Contains("default-src 'none'", Assert.Single(report.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        var cookie = await gateway.OpenLinkAsync();
        foreach (var path in (string[])["/runs/nope", "/runs/%2e%2e/report.html", "/runs/..%2f..", "/runs/.%252e", "/runs/run-1%00", "/exchanges/nope", "/nothing"])
        {
            var answer = await RawGetAsync(gateway.Url, path, "127.0.0.1", cookie);
            Assert.True(answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), $"{path}: {answer}");
            Assert.DoesNotContain("outside", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Get_PageUnderAForeignHostName_Refused()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        Assert.StartsWith("HTTP/1.1 421", await RawGetAsync(gateway.Url, "/", "attacker.example"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawGetAsync(gateway.Url, "/", "localhost", await gateway.OpenLinkAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_HealthAndAlive_Answer()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = new HttpClient { BaseAddress = gateway.Url };

        Assert.Equal("alive\n", await http.GetStringAsync("/alive"));
        using var health = JsonDocument.Parse(await http.GetStringAsync("/health"));
        string[] names = ["status", "forwarded", "recorded", "pending", "declared_drops", "in_flight", "difference", "store", "disk_free_bytes"];
        Assert.All(names, name => Assert.True(health.RootElement.TryGetProperty(name, out _), name));
        Assert.Equal(gateway.Home.DatabasePath, health.RootElement.GetProperty("store").GetString());
    }

    [Theory]
    [InlineData("/exchanges?state=nope")]
    [InlineData("/exchanges?label=harm%3E%3D2")]
    [InlineData("/exchanges?nonsense=1")]
    [InlineData("/exchanges?after=nope")]
    [InlineData("/exchanges?after=999999999999999999.x")]
    public async Task Get_FilterThatIsNone_400(string path)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = await gateway.OpenPagesAsync();

        using var response = await http.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private static async Task<string> RawGetAsync(Uri url, string path, string host, string cookie = "")
    {
        using var client = await RawClient.ConnectAsync(url);
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        return await client.ReadToEndAsync();
    }
}
