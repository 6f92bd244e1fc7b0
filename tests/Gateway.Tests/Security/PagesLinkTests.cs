using System.Net;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Security;

/// <summary>Without an admin credential the pages open to who started the gateway, and to no other user of the machine.</summary>
public class PagesLinkTests
{
    [Fact]
    public async Task Get_WithoutTheLink_CountersShowAndPagesDoNot()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = Client(gateway);

        foreach (var path in (string[])["/", "/runs", "/exchanges/x", "/exchanges/x/raw", "/nothing"])
        {
            using var response = await http.GetAsync(path);
            Assert.Equal(path == "/" ? "/login" : $"/login?next={Uri.EscapeDataString(path)}", response.Headers.Location?.OriginalString);
        }

        Assert.Contains("Open the link that it wrote", await http.GetStringAsync("/login"), StringComparison.Ordinal);
        Assert.Contains("\"store\"", await http.GetStringAsync("/health"), StringComparison.Ordinal);
        Assert.Contains("tda_gateway_", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_TheLink_OpensThePagesOnceAndThereIsAnother()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        var link = gateway.Server.PagesLink!;
        using var http = Client(gateway);

        using var first = await http.GetAsync(link);
        using var again = await http.GetAsync(link);
        http.DefaultRequestHeaders.Add("Cookie", Assert.Single(first.Headers.GetValues("Set-Cookie")).Split(';')[0]);

        Assert.Equal((HttpStatusCode.SeeOther, "/"), (first.StatusCode, first.Headers.Location?.OriginalString));
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.False(again.Headers.Contains("Set-Cookie"));
        Assert.Contains("Exchanges", await http.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.NotEqual(link, gateway.Server.PagesLink);
        Assert.StartsWith("tda-session=", await gateway.OpenLinkAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ManyGuesses_Throttled()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = Client(gateway);
        for (var i = 0; i < 10; i++)
        {
            using var guess = await http.GetAsync($"/login?token=guess{i}");
            Assert.Equal(HttpStatusCode.Unauthorized, guess.StatusCode);
        }

        using var right = await http.GetAsync(gateway.Server.PagesLink);

        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
    }

    [Fact]
    public async Task Get_ThroughAProxy_RefusedWithTheLinkToo()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");
        using var http = await gateway.OpenPagesAsync();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");

        using var page = await http.GetAsync("/");

        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        Assert.Equal("""{"status":"ok"}""", (await http.GetStringAsync("/health")).Trim());
    }

    [Theory]
    [InlineData(false, HttpStatusCode.Forbidden)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task Get_MetricsBeyondLoopbackWithoutACredential_OnlyWhereTheyAreOpen(bool open, HttpStatusCode expected)
    {
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:1", options => options with { Listen = "http://0.0.0.0:0", Telemetry = new() { OpenMetrics = open } });
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{gateway.Url.Port}") };

        using var metrics = await http.GetAsync("/metrics");
        using var page = await http.GetAsync("/");

        Assert.Equal(expected, metrics.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        Assert.Null(gateway.Server.PagesLink);
    }

    private static HttpClient Client(TestGateway gateway) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = gateway.Url };
}
