using System.Net;
using System.Net.Http.Headers;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Accounts;

/// <summary>Who gets through to what, and from where.</summary>
public class DeskGateTests
{
    private const string Password = "correct horse battery";

    public static TheoryData<ReviewRole> Roles => [.. Enum.GetValues<ReviewRole>()];

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task Request_EachRole_ReachesItsOwnAndLowerOnesAlone(ReviewRole role)
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password, role);
        var cookie = await site.CookieAsync("ann", Password);
        using var http = site.Client(cookie);
        var token = await site.TokenAsync(cookie);
        using var program = site.Client();
        program.DefaultRequestHeaders.Authorization = BasicOf("ann", Password);

        foreach (var needed in Enum.GetValues<ReviewRole>())
        {
            var expected = role >= needed ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
            foreach (var path in (string[])[$"/{needed}", $"/api/v1/{needed}"])
            {
                using var read = await http.GetAsync(path);
                using var posted = await http.PostAsync(path, new FormUrlEncodedContent([new("form_token", token), new("note", "kept")]));
                Assert.Equal((expected, expected), (read.StatusCode, posted.StatusCode));
                Assert.Equal(role >= needed, (await posted.Content.ReadAsStringAsync()).EndsWith(" kept", StringComparison.Ordinal));
            }

            using var called = await program.PostAsync($"/api/v1/{needed}", new StringContent("{}"));
            Assert.Equal(expected, called.StatusCode);
        }
    }

    [Fact]
    public async Task Request_RoleTooLow_ToldAndAudited()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password, ReviewRole.Reader);
        using var http = site.Client(await site.CookieAsync("ann", Password));

        using var page = await http.GetAsync("/Adjudicator");
        using var call = await http.GetAsync("/api/v1/Admin");

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("needs the role adjudicator, and ann has reader", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("application/problem+json", call.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"code\":\"role\"", await call.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var refused = (await site.Log.AuditsAsync()).Where(entry => entry.Action == "refused").Select(entry => (entry.Actor, entry.Subject, entry.Detail));
        Assert.Equal(
            [("ann at 127.0.0.1", "GET /api/v1/Admin", "needs admin, has reader"), ("ann at 127.0.0.1", "GET /Adjudicator", "needs adjudicator, has reader")],
            refused);
    }

    [Fact]
    public async Task Request_AnEndpointWithoutARole_IsNobodys()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatedSite.Credential);

        using var answer = await http.GetAsync("/forgotten");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains(site.Logs.Lines, line => line.Contains("is mapped without saying who may use it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_WhatIsForEveryone_WithoutAnything()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();

        Assert.Equal("   ", await http.GetStringAsync("/open"));
        using var nothing = await http.GetAsync("/nothing/here");
        Assert.Equal("/login?next=%2Fnothing%2Fhere", nothing.Headers.Location?.OriginalString);
        using var otherwise = await http.PostAsync("/open", null);
        Assert.Equal(HttpStatusCode.Unauthorized, otherwise.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatedSite.Credential);
        using var method = await http.PostAsync("/open", null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, method.StatusCode);
    }

    [Fact]
    public async Task Post_FormWithoutItsToken_Refused()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        await site.AddAsync("bob", Password);
        var (ann, bob) = (await site.CookieAsync("ann", Password), await site.CookieAsync("bob", Password));
        var (annsToken, bobsToken) = (await site.TokenAsync(ann), await site.TokenAsync(bob));
        using var http = site.Client(ann);
        Assert.NotEqual(annsToken, bobsToken);

        async Task<HttpStatusCode> PostAsync(HttpContent? content, string path = "/Reviewer", string? header = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            if (header is not null)
            {
                request.Headers.Add("X-Form-Token", header);
            }

            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }

        static MultipartFormDataContent Parts(string token) => new() { { new StringContent(token), "form_token" }, { new StringContent("n"), "note" } };
        static FormUrlEncodedContent Form(string token) => new([new("form_token", token)]);

        foreach (var wrong in (string[])["", "x", bobsToken, annsToken + "x", annsToken[..^1]])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(Form(wrong)));
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(Parts(wrong)));
            Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(new StringContent("{}", Encoding.UTF8, "application/json"), header: wrong));
        }

        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(null));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(new FormUrlEncodedContent([new("note", "n")])));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(new StringContent("{\"form_token\":\"" + annsToken + "\"}", Encoding.UTF8, "application/json")));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(Form(""), $"/Reviewer?form_token={annsToken}"));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(Form(""), "/logout"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Form(annsToken)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Parts(annsToken)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(new StringContent("{}", Encoding.UTF8, "application/json"), "/api/v1/Reviewer", annsToken));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(ann));
    }

    [Fact]
    public async Task Post_BrokenForm_RefusedAndNotAnError()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client(await site.CookieAsync("ann", Password));
        var content = new StringContent("no part of anything");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        using var answer = await http.PostAsync("/Reviewer", content);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Request_BearerCredential_IsTheAdminAndNeedsNoToken()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatedSite.Credential);

        using var answer = await http.PostAsync("/api/v1/Admin", new StringContent("{}"));

        Assert.Equal("admin Admin  ", await answer.Content.ReadAsStringAsync());
        Assert.Empty(await site.Log.AuditsAsync());
    }

    [Fact]
    public async Task Request_NameAndPasswordOfAProgram_AtTheApiAlone()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = BasicOf("ann", Password);

        Assert.Equal("ann Reviewer  ", await http.GetStringAsync("/api/v1/Reviewer"));
        using var page = await http.GetAsync("/Reviewer");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task Request_ManyOfAProgram_HashedAndAuditedOnceAMinute()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = BasicOf("ann", Password);

        for (var i = 0; i < 30; i++)
        {
            await http.GetStringAsync("/api/v1/Reader");
        }

        Assert.Equal(1, site.Hasher.Verifications);
        Assert.Equal("login", Assert.Single(await site.Log.AuditsAsync()).Action);
        site.Time.Advance(TimeSpan.FromMinutes(1));
        await http.GetStringAsync("/api/v1/Reader");
        Assert.Equal(2, site.Hasher.Verifications);
    }

    [Fact]
    public async Task Request_ProgramWhosePasswordWasChanged_OutWithinSeconds()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = BasicOf("ann", Password);
        await http.GetStringAsync("/api/v1/Reader");
        var account = (await site.Reviewers.FindAsync("ann"))!;

        await site.Reviewers.ChangeAsync(account with { PasswordHash = site.Hasher.HashPassword(account, "another password") });
        site.Time.Advance(TimeSpan.FromSeconds(3));

        using var answer = await http.GetAsync("/api/v1/Reader");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("Bearer wrong")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YW5u")]
    [InlineData("Negotiate abc")]
    [InlineData("")]
    public async Task Request_NoCredentialThatHolds_401AndNoBasicChallenge(string authorization)
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        using var answer = await http.GetAsync("/api/v1/Reader");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Request_ManyWrongPasswordsOfAProgram_429()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 11; i++)
        {
            http.DefaultRequestHeaders.Authorization = BasicOf("ann", $"guess number {i}");
            using var answer = await http.GetAsync("/api/v1/Reader");
            statuses.Add(answer.StatusCode);
        }

        Assert.All(statuses[..10], status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[10]);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Post_FromAnotherSite_RefusedWithTheTokenToo(string header, string value)
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var cookie = await site.CookieAsync("ann", Password);
        var token = await site.TokenAsync(cookie);
        using var http = site.Client(cookie);
        http.DefaultRequestHeaders.Add(header, value);

        using var answer = await http.PostAsync("/Reviewer", new FormUrlEncodedContent([new("form_token", token)]));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("cross_site", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:99", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    public async Task Get_ForeignNameForALoopbackAddress_NotAnswered(string host, HttpStatusCode expected)
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatedSite.Credential);
        http.DefaultRequestHeaders.Host = host;

        using var answer = await http.GetAsync("/Reader");

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, (await answer.Content.ReadAsStringAsync()).Length > 0);
    }

    [Fact]
    public async Task Get_BeyondLoopbackWithoutCredential_OpenToAccountsAlone()
    {
        await using var site = await GatedSite.StartAsync(credential: null, IPAddress.Any);
        using var http = site.Client();
        using var shut = await http.GetAsync("/Reader");
        Assert.Equal(HttpStatusCode.Forbidden, shut.StatusCode);
        Assert.Contains("Nobody can log in here.", await shut.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await site.AddAsync("ann", Password);
        site.Time.Advance(TimeSpan.FromSeconds(3));

        using var asked = await http.GetAsync("/Reader");
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        Assert.DoesNotContain("name=\"token\"", await http.GetStringAsync("/login"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(await site.CookieAsync("ann", Password)));
        http.DefaultRequestHeaders.Authorization = new("Bearer", site.Door.Word.Word);
        using var word = await http.GetAsync("/api/v1/Reader");
        Assert.Equal(HttpStatusCode.Unauthorized, word.StatusCode);
    }

    [Fact]
    public async Task Post_SessionOverInTheBrowser_AsksToLogInAndChangesNothing()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        http.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        using var answer = await http.PostAsync("/Reviewer", new FormUrlEncodedContent([new("note", "n")]));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("nothing was changed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AccountsAway_503ForThoseWhoNeedThemAlone()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var cookie = await site.CookieAsync("ann", Password);
        site.Time.Advance(TimeSpan.FromSeconds(3));
        site.Reviewers.IsAway = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await site.StatusAsync(cookie));
        using var http = site.Client();
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatedSite.Credential);
        Assert.Equal("admin Admin  ", await http.GetStringAsync("/Reader"));
    }

    [Theory]
    [InlineData("/Reader")]
    [InlineData("/login")]
    [InlineData("/open")]
    [InlineData("/nothing")]
    [InlineData("/api/v1/Admin")]
    public async Task Get_Anything_StrictHeaders(string path)
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();

        using var answer = await http.GetAsync(path);

        Assert.Equal(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.True(answer.Headers.CacheControl?.NoStore);
    }

    private static AuthenticationHeaderValue BasicOf(string name, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
}
