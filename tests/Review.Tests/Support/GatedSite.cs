using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tda.Review.Accounts;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Review.Tests.Support;

/// <summary>A server of a few addresses behind the gate, with accounts in memory, a log of its own and a clock that stands.</summary>
internal sealed class GatedSite : IAsyncDisposable
{
    public const string Credential = "admin-9f8e7d6c5b4a3210";

    private readonly TempDirectory _home = new();
    private WebApplication _app = null!;

    public FakeTimeProvider Time { get; } = new(new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    public MemoryReviewers Reviewers { get; } = new();

    public CountingHasher Hasher { get; } = new();

    public CapturedLogs Logs { get; } = new();

    public IExchangeStore Log { get; private set; } = null!;

    public DoorOfTests Door { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    /// <summary>Refused logins, by the word that they are counted by.</summary>
    public List<string> Refused { get; } = [];

    /// <param name="credential">The admin's; null for a word that is good once.</param>
    /// <param name="listen">Where it says that it listens; it really listens on loopback.</param>
    public static async Task<GatedSite> StartAsync(string? credential = Credential, IPAddress? listen = null)
    {
        var site = new GatedSite();
        site.Door = new(credential, site.Time);
        site.Log = await ExchangeStore.OpenAsync(new TdaHome(site._home.Path), time: site.Time);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(site.Logs);
        var app = site._app = builder.Build();
        var gate = new DeskGate(new()
        {
            Door = site.Door,
            Reviewers = site.Reviewers,
            Log = site.Log,
            Listening = new(listen ?? IPAddress.Loopback, 1),
            Logs = app.Services.GetRequiredService<ILoggerFactory>(),
            Time = site.Time,
            Passwords = site.Hasher.Passwords,
            ShutMessage = "Nobody can log in here.",
            LinkMessage = "Open the link.",
            LoginRefused = site.Refused.Add,
        });
        app.UseRouting();
        app.Use((context, next) => gate.HandleAsync(context, next));
        gate.Map(app);
        foreach (var role in Enum.GetValues<ReviewRole>())
        {
            app.MapMethods($"/{role}", ["GET", "POST"], (RequestDelegate)AnswerAsync).For(role);
            app.MapMethods($"/api/v1/{role}", ["GET", "POST"], (RequestDelegate)AnswerAsync).For(role);
        }

        app.MapGet("/open", (RequestDelegate)AnswerAsync).ForEveryone();
        app.MapGet("/forgotten", (RequestDelegate)AnswerAsync);
        await app.StartAsync();
        site.Url = new(app.Urls.Single());
        return site;
    }

    /// <summary>Adds an account.</summary>
    public Task<bool> AddAsync(string name, string password, ReviewRole role = ReviewRole.Reviewer) => Reviewers.AddAsync(
        new() { Name = name, Role = role, CreatedAt = Time.GetUtcNow(), PasswordHash = Hasher.HashPassword(null!, password) });

    /// <summary>A browser that keeps no cookies and follows no redirects.</summary>
    public HttpClient Client(string? cookie = null)
    {
        var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
        if (cookie is not null)
        {
            http.DefaultRequestHeaders.Add("Cookie", cookie);
        }

        return http;
    }

    /// <summary>Sends the login's form.</summary>
    public static Task<HttpResponseMessage> LogInAsync(HttpClient http, string name, string password, string? next = null) => http.PostAsync(
        "/login", new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = name, ["password"] = password, ["next"] = next ?? "/" }));

    /// <summary>The cookie of somebody who logs in.</summary>
    public async Task<string> CookieAsync(string name, string password)
    {
        using var http = Client();
        using var answer = await LogInAsync(http, name, password);
        return CookieOf(answer);
    }

    /// <summary>The cookie of an answer that logs in.</summary>
    public static string CookieOf(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    /// <summary>The form token of whoever has a cookie.</summary>
    public async Task<string> TokenAsync(string cookie)
    {
        using var http = Client(cookie);
        return (await http.GetStringAsync("/Reader")).Split(' ')[2];
    }

    /// <summary>How a cookie fares.</summary>
    public async Task<HttpStatusCode> StatusAsync(string cookie, string path = "/Reader")
    {
        using var http = Client(cookie);
        using var answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Log.DisposeAsync();
        _home.Dispose();
    }

    // The page reads the form too, after the gate.
    private static async Task AnswerAsync(HttpContext context)
    {
        var user = context.Features.Get<DeskUser>();
        var note = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync())["note"].ToString() : "";
        await context.Response.WriteAsync($"{user?.Name} {user?.Role} {user?.FormToken} {note}");
    }
}

/// <summary>A door whose credential a test changes.</summary>
internal sealed class DoorOfTests(string? credential, TimeProvider time) : IAdminDoor
{
    private readonly FailureLimit _failures = new(10, time);

    public OneTimeWord Word { get; } = new(time);

    public string? Credential { get; set; } = credential;

    /// <summary>Whether the credential's file can't be read.</summary>
    public bool IsAway { get; set; }

    public bool IsConfigured => Credential is not null;

    public string Current => IsAway ? throw new TdaException("the credential's file is gone") : Credential ?? "";

    public bool IsThrottled(string address) => _failures.IsReached(address);

    public bool Check(string? presented, string address)
    {
        if (IsConfigured ? OneTimeWord.Same(presented, Current) : Word.TryUse(presented))
        {
            return true;
        }

        _failures.Count(address);
        return false;
    }
}
