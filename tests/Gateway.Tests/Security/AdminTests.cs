using System.Net;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

public sealed class AdminTests : IDisposable
{
    private const string Credential = "admin-9f8e7d6c5b4a3210";
    private readonly TempDirectory _secrets = new();
    private readonly CapturedLogs _logs = new();

    [Fact]
    public async Task Get_WithoutCredential_OnlyLivenessAndTheStatusShow()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);

        Assert.Equal("alive\n", await http.GetStringAsync("/alive"));
        Assert.Equal("""{"status":"ok"}""", (await http.GetStringAsync("/health")).Trim());
        foreach (var path in (string[])["/", "/runs", "/exchanges/x", "/exchanges/x/raw", "/nothing"])
        {
            using var response = await http.GetAsync(path);
            Assert.Equal(path == "/" ? "/login" : $"/login?next={Uri.EscapeDataString(path)}", response.Headers.Location?.OriginalString);
        }
    }

    [Fact]
    public async Task Get_BearerCredential_SeesAll()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);
        http.DefaultRequestHeaders.Authorization = new("Bearer", Credential);

        Assert.Contains("Exchanges", await http.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains("\"store\"", await http.GetStringAsync("/health"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_RightCredential_StrictCookieThatOpensThePagesUntilItIsTamperedWith()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);

        using var login = await LogInAsync(http, Credential);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        var value = cookie.Split(';')[0];

        Assert.Equal(HttpStatusCode.SeeOther, login.StatusCode);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Credential, cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, value));
        var digit = value.IndexOf('=', StringComparison.Ordinal) + 1;
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(http, value[..digit] + '9' + value[(digit + 1)..]));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(http, value[..^4]));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(http, "tda-session=9999999999.x.y"));
    }

    [Fact]
    public async Task Login_CredentialRotated_TheSessionEndsWithIt()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);
        using var login = await LogInAsync(http, Credential);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, cookie));

        _secrets.Write("admin", "another-credential");

        await Eventually.HoldsAsync(async () => await StatusAsync(http, cookie) == HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Login_ManyFailures_Throttled()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 11; i++)
        {
            using var response = await LogInAsync(http, $"guess {i}");
            statuses.Add(response.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        using var right = await LogInAsync(http, Credential);
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Post_FromAnotherSite_403(string header, string value)
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);
        http.DefaultRequestHeaders.Add(header, value);

        using var response = await LogInAsync(http, Credential);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Get_NoCredentialConfiguredBeyondLoopback_RefusedInWords()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Listen = "http://0.0.0.0:0" });
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new($"http://127.0.0.1:{gateway.Url.Port}") };

        using var response = await http.GetAsync("/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("admin credential", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"status":"ok"}""", (await http.GetStringAsync("/health")).Trim());
    }

    [Fact]
    public async Task Get_EveryPage_StrictHeaders()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway);
        http.DefaultRequestHeaders.Authorization = new("Bearer", Credential);

        foreach (var path in (string[])["/", "/runs", "/login", "/nothing", "/health", "/alive", "/style.css"])
        {
            using var response = await http.GetAsync(path);
            var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);

            Assert.Contains("frame-ancestors 'none'", headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.Equal("nosniff", headers["X-Content-Type-Options"]);
            Assert.Equal("same-origin", headers["Referrer-Policy"]);
            Assert.Equal("same-origin", headers["Cross-Origin-Opener-Policy"]);
            Assert.Equal("same-origin", headers["Cross-Origin-Resource-Policy"]);
            Assert.Contains("camera=()", headers["Permissions-Policy"], StringComparison.Ordinal);
            Assert.Equal("no-store", headers["Cache-Control"]);
        }
    }

    [Fact]
    public async Task Get_RawView_Audited()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream.Url);
        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest);
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;
        using var http = Client(gateway);
        http.DefaultRequestHeaders.Authorization = new("Bearer", Credential);

        await http.GetStringAsync($"/exchanges/{id}");
        Assert.Empty(await gateway.Server.Store.AuditsAsync());
        await http.GetStringAsync($"/exchanges/{id}/raw");

        var entry = Assert.Single(await gateway.Server.Store.AuditsAsync());
        Assert.Equal(("admin at 127.0.0.1", "view_raw", id), (entry.Actor, entry.Action, entry.Subject));
        Assert.DoesNotContain(_logs.Lines, line => line.Contains(Credential, StringComparison.Ordinal));
    }

    public void Dispose() => _secrets.Dispose();

    private Task<TestGateway> StartAsync(string upstream = "http://127.0.0.1:1") => TestGateway.StartAsync(
        upstream, options => options with { Security = new() { Admin = new() { File = _secrets.Write("admin", Credential) } } }, _logs);

    private static HttpClient Client(TestGateway gateway) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = gateway.Url };

    private static Task<HttpResponseMessage> LogInAsync(HttpClient http, string credential) =>
        http.PostAsync("/login", new StringContent($"token={Uri.EscapeDataString(credential)}", Encoding.ASCII, "application/x-www-form-urlencoded"));

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", cookie);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
