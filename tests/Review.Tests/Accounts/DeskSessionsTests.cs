using System.Net;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Accounts;

/// <summary>What begins and ends a session.</summary>
public class DeskSessionsTests
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task Login_RightPassword_StrictCookieWithoutSecrets()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password, ReviewRole.Adjudicator);
        using var http = site.Client();

        using var answer = await GatedSite.LogInAsync(http, "ann", Password);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Password, cookie, StringComparison.Ordinal);
        using var reader = site.Client(GatedSite.CookieOf(answer));
        Assert.StartsWith("ann Adjudicator ", await reader.GetStringAsync("/Reader"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_BehindAProxyThatEndsTls_CookieIsSecure()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("Origin", $"https://{site.Url.Authority}");

        using var answer = await GatedSite.LogInAsync(http, "ann", Password);

        Assert.Contains("; secure", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Get_After12Hours_TheSessionIsOver()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var cookie = await site.CookieAsync("ann", Password);

        site.Time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(cookie));
        site.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(cookie));
    }

    [Fact]
    public async Task Get_EveryCharacterOfTheCookieChanged_NeverIn()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var cookie = await site.CookieAsync("ann", Password);
        var start = cookie.IndexOf('=', StringComparison.Ordinal) + 1;

        for (var i = start; i < cookie.Length; i++)
        {
            var forged = cookie[..i] + (cookie[i] == 'A' ? 'B' : 'A') + cookie[(i + 1)..];
            Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(forged));
        }

        string[] odd = ["tda-session=", "tda-session=....", "tda-session=a.b.c.d.e", "tda-session=9999999999.x.0..y", cookie + ".x", cookie[..^3]];
        foreach (var other in odd)
        {
            Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(other));
        }

        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(cookie));
    }

    [Fact]
    public async Task Get_CookieOfAnotherRun_NotIn()
    {
        await using var before = await GatedSite.StartAsync();
        await using var after = await GatedSite.StartAsync();
        foreach (var site in (GatedSite[])[before, after])
        {
            await site.AddAsync("ann", Password);
        }

        var cookie = await before.CookieAsync("ann", Password);

        Assert.Equal(HttpStatusCode.OK, await before.StatusAsync(cookie));
        Assert.Equal(HttpStatusCode.Redirect, await after.StatusAsync(cookie));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("disabled")]
    public async Task Get_AccountChanged_ItsSessionsEndWithinSeconds(string change)
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        await site.AddAsync("bob", Password);
        var (ann, bob) = (await site.CookieAsync("ann", Password), await site.CookieAsync("bob", Password));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(ann));
        var account = (await site.Reviewers.FindAsync("ann"))!;

        Assert.True(await site.Reviewers.ChangeAsync(change == "password"
            ? account with { PasswordHash = site.Hasher.HashPassword(account, "another password") }
            : account with { DisabledAt = site.Time.GetUtcNow() }));
        site.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(ann));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(bob));
    }

    [Fact]
    public async Task Get_ManyRequests_TheAccountIsLookedUpEveryFewSecondsOnly()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var cookie = await site.CookieAsync("ann", Password);
        await site.StatusAsync(cookie);
        var before = site.Reviewers.Finds;

        for (var i = 0; i < 20; i++)
        {
            await site.StatusAsync(cookie);
        }

        Assert.Equal(before, site.Reviewers.Finds);
    }

    [Fact]
    public async Task Get_CredentialChanged_SessionsOfItEndAndReviewersStay()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var ann = await site.CookieAsync("ann", Password);
        using var http = site.Client();
        using var login = await http.PostAsync("/login", new FormUrlEncodedContent([new("token", GatedSite.Credential)]));
        var admin = GatedSite.CookieOf(login);
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(admin, "/Admin"));

        site.Door.Credential = "another-credential";

        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(admin, "/Admin"));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(ann));
    }

    [Fact]
    public async Task Logout_WithTheToken_EndsTheSessionHereAndInTheBrowser()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var (cookie, other) = (await site.CookieAsync("ann", Password), await site.CookieAsync("ann", Password));
        using var http = site.Client(cookie);

        using var answer = await http.PostAsync("/logout", new FormUrlEncodedContent([new("form_token", await site.TokenAsync(cookie))]));

        Assert.Equal((HttpStatusCode.SeeOther, "/login"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.StartsWith("tda-session=;", Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(cookie));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(other));
    }

    [Fact]
    public async Task Login_WithASessionAlready_ANewOneAndTheOldOver()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        await site.AddAsync("eve", Password);
        var fixedByEve = await site.CookieAsync("eve", Password);
        using var http = site.Client(fixedByEve);

        using var answer = await GatedSite.LogInAsync(http, "ann", Password);
        var cookie = GatedSite.CookieOf(answer);

        Assert.NotEqual(fixedByEve, cookie);
        Assert.NotEqual(await site.CookieAsync("ann", Password), cookie);
        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(fixedByEve));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(cookie));
    }

    [Fact]
    public async Task Get_AnAccountNamedAdmin_IsNotTheAdmin()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("admin", Password, ReviewRole.Reader);

        var cookie = await site.CookieAsync("admin", Password);

        Assert.Equal(HttpStatusCode.Forbidden, await site.StatusAsync(cookie, "/Reviewer"));
    }
}
