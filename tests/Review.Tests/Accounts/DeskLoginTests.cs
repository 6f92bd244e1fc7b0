using System.Net;
using Tda.Review.Accounts;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Accounts;

/// <summary>Logging in: by name, by credential, by the word that is good once.</summary>
public class DeskLoginTests
{
    private const string Password = "canary-correct-horse-7001";

    [Fact]
    public async Task Login_UnknownNameWrongPasswordAndShutAccount_OneAnswerForOneWork()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        await site.AddAsync("gone", Password);
        await site.Reviewers.ChangeAsync((await site.Reviewers.FindAsync("gone"))! with { DisabledAt = site.Time.GetUtcNow() });
        using var http = site.Client();
        var answers = new List<(HttpStatusCode, string, int Hashed, int Looked)>();

        foreach (var (name, password) in new[] { ("ann", "wrong password"), ("nobody", "wrong password"), ("gone", Password) })
        {
            var (hashed, looked) = (site.Hasher.Verifications, site.Reviewers.Finds);
            using var answer = await GatedSite.LogInAsync(http, name, password);
            answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync(), site.Hasher.Verifications - hashed, site.Reviewers.Finds - looked));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        Assert.Equal((HttpStatusCode.Unauthorized, 1, 1), (answers[0].Item1, answers[0].Hashed, answers[0].Looked));
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Contains("Name or password is wrong.", answers[0].Item2, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_ManyFailuresOfAName_ThrottledForItAloneUntilTheMinuteIsOver()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        await site.AddAsync("bob", Password);
        using var http = site.Client();
        for (var i = 0; i < 10; i++)
        {
            using var wrong = await GatedSite.LogInAsync(http, "ann", $"guess number {i}");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        var hashed = site.Hasher.Verifications;
        using var right = await GatedSite.LogInAsync(http, "ann", Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.Equal("60", Assert.Single(right.Headers.GetValues("Retry-After")));
        Assert.Equal(hashed, site.Hasher.Verifications);
        Assert.Equal(["login_throttled"], site.Refused[10..]);

        // From the same address nobody is heard now; the next minute all are.
        using var bob = await GatedSite.LogInAsync(http, "bob", Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, bob.StatusCode);
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEmpty(await site.CookieAsync("ann", Password));
    }

    [Fact]
    public async Task LogIn_ManyAddressesForOneName_ThrottledByTheName()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var accounts = new DeskAccounts(site.Reviewers, site.Hasher.Passwords, site.Time);
        for (var i = 0; i < 10; i++)
        {
            Assert.Null((await accounts.LogInAsync("ann", $"guess number {i}", $"192.0.2.{i}", default)).Account);
        }

        await Assert.ThrowsAsync<TooManyLoginsException>(() => accounts.LogInAsync("ann", Password, "192.0.2.99", default));
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("ann", (await accounts.LogInAsync("ann", Password, "192.0.2.99", default)).Account?.Name);
    }

    [Fact]
    public async Task LogIn_ManyAtOnce_NoMoreAreHeardThanMayFail()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var accounts = new DeskAccounts(site.Reviewers, site.Hasher.Passwords, site.Time);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            try
            {
                return (await accounts.LogInAsync("ann", $"guess number {i}", "192.0.2.1", default)).Account is null ? "wrong" : "in";
            }
            catch (TooManyLoginsException)
            {
                return "throttled";
            }
        })));

        Assert.Equal(10, outcomes.Count(outcome => outcome == "wrong"));
        Assert.Equal(10, site.Hasher.Verifications);
    }

    [Fact]
    public async Task LogIn_RightManyTimes_NeverThrottled()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        var accounts = new DeskAccounts(site.Reviewers, site.Hasher.Passwords, site.Time);

        for (var i = 0; i < 30; i++)
        {
            Assert.NotNull((await accounts.LogInAsync("ann", Password, "192.0.2.1", default)).Account);
        }
    }

    [Fact]
    public async Task LogIn_AnOldHash_HashedAnew()
    {
        await using var site = await GatedSite.StartAsync();
        var old = new CountingHasher(50).HashPassword(null!, Password);
        await site.Reviewers.AddAsync(new() { Name = "ann", Role = ReviewRole.Reader, CreatedAt = site.Time.GetUtcNow(), PasswordHash = old });

        var cookie = await site.CookieAsync("ann", Password);

        var now = (await site.Reviewers.FindAsync("ann"))!;
        Assert.NotEqual(old, now.PasswordHash);
        Assert.Equal(PasswordCheck.Right, site.Hasher.Passwords.Check(now, Password));
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(cookie));
    }

    [Fact]
    public async Task LogIn_ShutOutWhileItIsHashedAnew_StaysOut()
    {
        await using var site = await GatedSite.StartAsync();
        var old = new CountingHasher(50).HashPassword(null!, Password);
        await site.Reviewers.AddAsync(new() { Name = "ann", Role = ReviewRole.Reader, CreatedAt = site.Time.GetUtcNow(), PasswordHash = old });
        site.Reviewers.Meanwhile = () => Assert.True(site.Reviewers.ChangeAsync(
            new() { Name = "ann", Role = ReviewRole.Reader, CreatedAt = site.Time.GetUtcNow(), PasswordHash = old, DisabledAt = site.Time.GetUtcNow() }).IsCompletedSuccessfully);

        var cookie = await site.CookieAsync("ann", Password);

        Assert.NotNull((await site.Reviewers.FindAsync("ann"))!.DisabledAt);
        Assert.Equal(HttpStatusCode.Redirect, await site.StatusAsync(cookie));
    }

    [Theory]
    [InlineData("/Reader?x=1", "/Reader?x=1")]
    [InlineData("/", "/")]
    [InlineData("//evil.example/x", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/x\\..\\y", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/x\r\nSet-Cookie: a=b", "/")]
    [InlineData(" //evil.example", "/")]
    [InlineData("/login?next=/login", "/")]
    [InlineData("/logout", "/")]
    [InlineData("", "/")]
    public async Task Login_NextThatLeadsElsewhere_StaysHere(string next, string expected)
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();

        using var answer = await GatedSite.LogInAsync(http, "ann", Password, next);

        Assert.Equal((HttpStatusCode.SeeOther, expected), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Theory]
    [InlineData("/Reader", "/login?next=%2FReader")]
    [InlineData("/Reader?a=1&b=%2F", "/login?next=%2FReader%3Fa%3D1%26b%3D%252F")]
    [InlineData("/", "/login")]
    [InlineData("//evil.example/x", "/login")]
    public async Task Get_NotIn_RedirectedToTheLoginAndBack(string path, string expected)
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();

        using var answer = await http.GetAsync(new Uri(site.Url.GetLeftPart(UriPartial.Authority) + path));

        Assert.Equal((HttpStatusCode.Redirect, expected), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Fact]
    public async Task Get_LoginForm_NextEscapedAndFormsThatFit()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();

        var without = await http.GetStringAsync("/login?next=/x%22%3E%3Cscript%3E");
        await site.AddAsync("ann", Password);
        site.Time.Advance(TimeSpan.FromSeconds(3));
        var with = await http.GetStringAsync("/login");

        Assert.DoesNotContain("<script", without, StringComparison.Ordinal);
        Assert.Contains("value=\"/x&quot;&gt;&lt;script&gt;\"", without, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"password\"", without, StringComparison.Ordinal);
        Assert.Contains("name=\"token\"", without, StringComparison.Ordinal);
        Assert.Contains("name=\"password\"", with, StringComparison.Ordinal);
        Assert.Contains("name=\"token\"", with, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OneTimeLink_OpensOnceAndThereIsAnother()
    {
        await using var site = await GatedSite.StartAsync(credential: null);
        using var http = site.Client();
        var word = site.Door.Word.Word;

        using var first = await http.GetAsync($"/login?token={word}");
        using var again = await http.GetAsync($"/login?token={word}");

        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(GatedSite.CookieOf(first), "/Admin"));
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.False(again.Headers.Contains("Set-Cookie"));
        Assert.NotEqual(word, site.Door.Word.Word);
    }

    [Fact]
    public async Task Get_OneTimeLinkThroughAProxy_NotEvenUsedUp()
    {
        await using var site = await GatedSite.StartAsync(credential: null);
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        var word = site.Door.Word.Word;

        using var answer = await http.GetAsync($"/login?token={word}");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(word, site.Door.Word.Word);
    }

    [Fact]
    public async Task Login_StoreOrCredentialAway_503InWords()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        (site.Reviewers.IsAway, site.Door.IsAway) = (true, true);

        using var byName = await GatedSite.LogInAsync(http, "ann", Password);
        using var byWord = await http.PostAsync("/login", new FormUrlEncodedContent([new("token", GatedSite.Credential)]));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (byName.StatusCode, byWord.StatusCode));
        Assert.Contains("accounts can&#x27;t be read", await byName.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("credential can&#x27;t be read", await byWord.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // What isn't known isn't a failure of theirs.
        (site.Reviewers.IsAway, site.Door.IsAway) = (false, false);
        Assert.NotEmpty(await site.CookieAsync("ann", Password));
    }

    [Fact]
    public async Task Login_EveryEnd_AuditedWithoutPasswords()
    {
        await using var site = await GatedSite.StartAsync();
        await site.AddAsync("ann", Password);
        using var http = site.Client();
        using var wrong = await GatedSite.LogInAsync(http, "ann", "wrong-canary-7002");
        using var asName = await GatedSite.LogInAsync(http, Password, "wrong-canary-7002");
        var cookie = await site.CookieAsync("ann", Password);
        using var mine = site.Client(cookie);
        using var logout = await mine.PostAsync("/logout", new FormUrlEncodedContent([new("form_token", await site.TokenAsync(cookie))]));

        var entries = (await site.Log.AuditsAsync()).Reverse().ToList();

        Assert.Equal(
            [("somebody at 127.0.0.1", "login_failed", "ann"), ("somebody at 127.0.0.1", "login_failed", "unknown"), ("ann at 127.0.0.1", "login", "ann"), ("ann at 127.0.0.1", "logout", "ann")],
            entries.Select(entry => (entry.Actor, entry.Action, entry.Subject)));
        var kept = string.Join('\n', entries) + string.Join('\n', site.Logs.Lines) + await wrong.Content.ReadAsStringAsync() + await asName.Content.ReadAsStringAsync();
        Assert.DoesNotContain("canary", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_ManyFailures_AuditedAFewTimesAMinuteAndThenCounted()
    {
        await using var site = await GatedSite.StartAsync();
        using var http = site.Client();
        for (var minute = 0; minute < 2; minute++)
        {
            // Failures by name and by credential are limited each for itself: 10 of each are heard.
            for (var i = 0; i < 10; i++)
            {
                using var byName = await GatedSite.LogInAsync(http, $"name{i}", "wrong password");
                using var byWord = await http.PostAsync("/login", new FormUrlEncodedContent([new("token", "wrong")]));
            }

            http.DefaultRequestHeaders.Authorization = null;
            site.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(40, (await site.Log.AuditsAsync(limit: 1000)).Count);
    }
}
