using System.Net;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Security;
using Tda.Gateway.Tests.Support;
using Tda.Review.Accounts;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

/// <summary>Reviewers' accounts on the gateway's own pages.</summary>
public sealed class GatewayAccountsTests : IDisposable
{
    private const string Credential = "admin-9f8e7d6c5b4a3210";
    private const string Password = "canary-correct-horse-7001";
    private readonly TempDirectory _secrets = new();
    private readonly CapturedLogs _logs = new();

    [Fact]
    public async Task Login_AsReader_PagesOpenAndCountersStayTheAdmins()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, "ann", ReviewRole.Reader);
        using var http = await InAsync(gateway, "ann");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/usage"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, "/metrics"));
        Assert.Equal("""{"status":"ok"}""", (await http.GetStringAsync("/health")).Trim());
    }

    [Fact]
    public async Task Login_AsAdmin_SeesWhatTheCredentialShows()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, "ann", ReviewRole.Admin);
        using var http = await InAsync(gateway, "ann");

        Assert.Contains("tda_gateway_", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains("\"store\"", await http.GetStringAsync("/health"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_Shut_OutWithinSeconds()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, "ann", ReviewRole.Reader);
        using var http = await InAsync(gateway, "ann");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/"));
        await using var accounts = ReviewStore.AccountsBeside(gateway.Home);

        Assert.True(await accounts.ChangeAsync((await accounts.FindAsync("ann"))! with { DisabledAt = DateTimeOffset.UnixEpoch }));

        await Eventually.HoldsAsync(async () => await StatusAsync(http, "/") == HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Login_BeyondLoopbackWithoutACredential_AccountsAloneGetIn()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Listen = "http://0.0.0.0:0" }, _logs);
        await AddAsync(gateway, "ann", ReviewRole.Reader);
        var url = new Uri($"http://127.0.0.1:{gateway.Url.Port}");
        using var http = Client(url);
        using var login = await LogInAsync(http, "ann", Password);
        http.DefaultRequestHeaders.Add("Cookie", Assert.Single(login.Headers.GetValues("Set-Cookie")).Split(';')[0]);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(http, "/metrics"));
    }

    [Fact]
    public async Task Request_ClientKeyAsBearerToken_IsNoGuessOfTheCredential()
    {
        await using var gateway = await StartAsync();
        using var http = Client(gateway.Url);
        http.DefaultRequestHeaders.Authorization = new("Bearer", KeyText.Issue("team", DateTimeOffset.UnixEpoch).Text);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, "/api/exchanges/x/feedback", HttpMethod.Post));
        }

        http.DefaultRequestHeaders.Authorization = new("Bearer", Credential);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/"));
        Assert.Empty(await gateway.Server.Store.AuditsAsync());
    }

    [Fact]
    public async Task Login_RightAndWrong_AuditedAndNoPasswordLeft()
    {
        await using var gateway = await StartAsync();
        await AddAsync(gateway, "ann", ReviewRole.Reader);
        using var guess = Client(gateway.Url);
        using var wrong = await LogInAsync(guess, "ann", "canary-wrong-horse-7002");
        using var http = await InAsync(gateway, "ann");

        var entries = (await gateway.Server.Store.AuditsAsync()).Reverse().Select(entry => (entry.Actor, entry.Action, entry.Subject));

        Assert.Equal([("somebody at 127.0.0.1", "login_failed", "ann"), ("ann at 127.0.0.1", "login", "ann")], entries);
        SecretSearchAssert.NotIn(await http.GetStringAsync("/") + await wrong.Content.ReadAsStringAsync(), "a page", "canary-correct", "canary-wrong");
        await gateway.Server.StopAsync();
        SecretSearchAssert.NowhereIn(gateway.Home.Root, "canary-correct", "canary-wrong");
        SecretSearchAssert.NotIn(string.Join('\n', _logs.Lines), "the logs", "canary-correct", "canary-wrong");
    }

    [Fact]
    public async Task Endpoints_EachOne_SaysWhoMayUseIt()
    {
        await using var gateway = await StartAsync();

        foreach (var endpoint in gateway.Server.Endpoints.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>())
        {
            var required = endpoint.Metadata.GetMetadata<RequiredRole>();
            Assert.True(required is not null, $"{endpoint.DisplayName} says no role, and is nobody's");
            Assert.True(
                required.Role is not null || endpoint.RoutePattern.RawText is "/alive" or "/ready" or "/health" or "/login" or "/style.css" or "/api/exchanges/{id}/feedback"
                    || endpoint.RoutePattern.RawText!.StartsWith("/assets/", StringComparison.Ordinal),
                $"{endpoint.DisplayName} is for everyone");
            Assert.True(required.OrIf is null || endpoint.RoutePattern.RawText == "/metrics", $"{endpoint.DisplayName} has a way around its role");
        }
    }

    public void Dispose() => _secrets.Dispose();

    private Task<TestGateway> StartAsync() => TestGateway.StartAsync(
        "http://127.0.0.1:1", options => options with { Security = new() { Admin = new() { File = _secrets.Write("admin", Credential) } } }, _logs);

    private static async Task AddAsync(TestGateway gateway, string name, ReviewRole role)
    {
        await using var accounts = ReviewStore.AccountsBeside(gateway.Home);
        Assert.True(await accounts.AddAsync(new() { Name = name, Role = role, CreatedAt = DateTimeOffset.UnixEpoch, PasswordHash = new Passwords().Hash(Password) }));
    }

    private static async Task<HttpClient> InAsync(TestGateway gateway, string name)
    {
        var http = Client(gateway.Url);
        using var login = await LogInAsync(http, name, Password);
        http.DefaultRequestHeaders.Add("Cookie", Assert.Single(login.Headers.GetValues("Set-Cookie")).Split(';')[0]);
        return http;
    }

    private static HttpClient Client(Uri url) => new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = url };

    private static Task<HttpResponseMessage> LogInAsync(HttpClient http, string name, string password) =>
        http.PostAsync("/login", new FormUrlEncodedContent([new("name", name), new("password", password)]));

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
