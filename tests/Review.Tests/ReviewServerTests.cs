using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Tda.Review.Accounts;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Review.Tests;

/// <summary>The desk on a port of its own, with all that is mapped on it.</summary>
public sealed partial class ReviewServerTests : IDisposable
{
    private const string Password = "canary-correct-horse-7001";

    private readonly TempDirectory _home = new();
    private readonly CapturedLogs _logs = new();

    [Fact]
    public async Task Endpoints_EachOne_SaysWhoMayUseIt()
    {
        await using var server = await StartAsync();

        var open = new List<string>();
        foreach (var endpoint in Endpoints(server))
        {
            var required = endpoint.Metadata.GetMetadata<RequiredRole>();
            Assert.True(required is not null, $"{endpoint.DisplayName} says no role, and is nobody's");
            Assert.Null(required.OrIf);
            if (required.Role is null)
            {
                open.Add(endpoint.RoutePattern.RawText!);
            }
        }

        Assert.Equal(["/alive", "/assets/desk.css", "/assets/desk.js", "/login", "/login"], open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_EveryEndpointBelowItsRole_RefusedOnPagesAndApi()
    {
        await using var server = await StartAsync();
        foreach (var role in Enum.GetValues<ReviewRole>())
        {
            await AddAsync($"is-{role}", role);
        }

        var refused = 0;
        foreach (var role in Enum.GetValues<ReviewRole>())
        {
            using var http = await InAsync(server, $"is-{role}");
            foreach (var (method, path, needed) in Calls(server).Where(call => call.Role > role))
            {
                using var answer = await http.SendAsync(new(method, path) { Content = method == HttpMethod.Get ? null : new StringContent("{}", Encoding.UTF8, "application/json") });
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {path} answers a {role} with {answer.StatusCode}; it needs {needed}");
                var body = await answer.Content.ReadAsStringAsync();
                Assert.True(body.Contains("needs the role", StringComparison.Ordinal), $"{method} {path}: {body}");
                refused++;
            }
        }

        Assert.True(refused > 0, "nothing that is mapped needs more than the lowest role");
    }

    [Fact]
    public async Task Request_EveryEndpointByNobody_ShowsNothing()
    {
        await using var server = await StartAsync();
        using var http = Client(server);

        foreach (var (method, path, _) in Calls(server))
        {
            using var answer = await http.SendAsync(new(method, path));
            Assert.True(
                answer.StatusCode is HttpStatusCode.Unauthorized || answer.Headers.Location?.OriginalString.StartsWith("/login", StringComparison.Ordinal) == true,
                $"{method} {path} answers nobody with {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Post_EveryEndpointThatChangesSomethingWithoutAToken_Refused()
    {
        await using var server = await StartAsync();
        await AddAsync("ann", ReviewRole.Admin);
        using var http = await InAsync(server, "ann");
        var changing = Calls(server).Where(call => call.Method != HttpMethod.Get).ToList();
        Assert.NotEmpty(changing);

        foreach (var (method, path, _) in changing)
        {
            using var answer = await http.SendAsync(new(method, path) { Content = new FormUrlEncodedContent([new("form_token", "forged")]) });
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {path} answers a forged form with {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Get_EveryPageAndCall_NoPasswordNorHashNorWordAnywhere()
    {
        await using var server = await StartAsync();
        await AddAsync("ann", ReviewRole.Admin);
        await using var accounts = ReviewStore.AccountsBeside(new(_home.Path));
        var hash = (await accounts.FindAsync("ann"))!.PasswordHash!;
        using var wrong = Client(server);
        using var refused = await GatedSite.LogInAsync(wrong, Password, "canary-other-7002");
        using var http = await InAsync(server, "ann");
        var seen = await refused.Content.ReadAsStringAsync();

        foreach (var (_, path, _) in Calls(server).Where(call => call.Method == HttpMethod.Get))
        {
            using var answer = await http.GetAsync(path);
            seen += answer.Headers + await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode != HttpStatusCode.InternalServerError, $"{path}: {answer.StatusCode}");
        }

        seen += string.Join('\n', _logs.Lines);
        Assert.DoesNotContain("canary", seen, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(hash, WebUtility.HtmlDecode(seen), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Link!.Query, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_Opened_TheDeskShowsOnceAndThereIsAnother()
    {
        await using var server = await StartAsync();
        var used = 0;
        server.LinkUsed = () => used++;
        var link = server.Link!;
        using var http = Client(server);

        using var first = await http.GetAsync(link);
        using var again = await http.GetAsync(link);
        http.DefaultRequestHeaders.Add("Cookie", GatedSite.CookieOf(first));

        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.Contains("Log ok:", await http.GetStringAsync("/"), StringComparison.Ordinal);
        using var nothing = await http.GetAsync("/nothing/here");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.Equal(1, used);
        Assert.NotEqual(link, server.Link);
    }

    [Fact]
    public async Task Start_BeyondLoopback_OnlyWithAnAccountThatIsOpen()
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => StartAsync("http://0.0.0.0:0"));
        Assert.Contains("tda reviewers add", error.Message, StringComparison.Ordinal);
        await AddAsync("gone", ReviewRole.Admin, disabled: true);
        await Assert.ThrowsAsync<UsageException>(() => StartAsync("http://0.0.0.0:0"));

        await AddAsync("ann", ReviewRole.Reader);
        await using var server = await StartAsync("http://0.0.0.0:0");

        Assert.Null(server.Link);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0", "ends TLS")]
    [InlineData("ftp://127.0.0.1", "must be an http or https URL")]
    [InlineData("http://127.0.0.1:0/x", "must not have a path")]
    [InlineData("http://example.org:0", "must name an address of this machine")]
    public async Task Start_AddressThatCanNotBe_SaidInWords(string listen, string expected) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<UsageException>(() => StartAsync(listen))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Start_PortTaken_SaysSoAndLeavesNothingOpen()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var listen = $"http://{other.LocalEndpoint}";

        var error = await Assert.ThrowsAsync<TdaException>(() => StartAsync(listen));

        Assert.Contains("is in use by another program", error.Message, StringComparison.Ordinal);
        await using var server = await StartAsync();
    }

    public void Dispose() => _home.Dispose();

    private Task<ReviewServer> StartAsync(string listen = "http://127.0.0.1:0") => ReviewServer.StartAsync(
        new() { Home = new(_home.Path), Listen = listen, Passwords = new CountingHasher().Passwords }, _logs);

    private async Task AddAsync(string name, ReviewRole role, bool disabled = false)
    {
        await using var accounts = await ReviewStore.OpenAccountsAsync(new(_home.Path));
        Assert.True(await accounts.AddAsync(new()
        {
            Name = name,
            Role = role,
            CreatedAt = DateTimeOffset.UnixEpoch,
            DisabledAt = disabled ? DateTimeOffset.UnixEpoch : null,
            PasswordHash = new CountingHasher().Passwords.Hash(Password),
        }));
    }

    private static HttpClient Client(ReviewServer server) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Url };

    private static async Task<HttpClient> InAsync(ReviewServer server, string name)
    {
        var http = Client(server);
        using var answer = await GatedSite.LogInAsync(http, name, Password);
        http.DefaultRequestHeaders.Add("Cookie", GatedSite.CookieOf(answer));
        return http;
    }

    private static IEnumerable<RouteEndpoint> Endpoints(ReviewServer server) => server.Endpoints.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>();

    /// <summary>What can be called on the desk, with something in the place of each parameter.</summary>
    private static IEnumerable<(HttpMethod Method, string Path, ReviewRole Role)> Calls(ReviewServer server) =>
        from endpoint in Endpoints(server)
        let role = endpoint.Metadata.GetMetadata<RequiredRole>()!.Role
        where role is not null
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (HttpMethod.Parse(method), Parameter().Replace(endpoint.RoutePattern.RawText!, "x"), role.Value);

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
