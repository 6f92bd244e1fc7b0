using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Tda.Review.Accounts;

/// <summary>
/// The cookies of those who logged in: when it ends, a random id, the account's generation and name, and a signature with a key that lives as
/// long as the process, so that a restart logs everyone out and no session is stored anywhere. A session ends with its time, by logging out, with
/// the account's generation, or with the credential that it was given for.
/// </summary>
internal sealed class DeskSessions(IAdminDoor door, DeskAccounts accounts, TimeProvider time)
{
    public const string CookieName = "tda-session";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    // Those that were logged out, with their end, after which the signature alone refuses them.
    private readonly ConcurrentDictionary<string, long> _ended = new(StringComparer.Ordinal);

    /// <summary>Starts a session, a new one at every login, and ends the one that the request came with.</summary>
    /// <param name="context">The request.</param>
    /// <param name="account">Whose; null for whoever came in by the door.</param>
    /// <exception cref="TdaException">The credential can't be read.</exception>
    public void Start(HttpContext context, Reviewer? account)
    {
        Forget(context);
        var end = Now().Add(Lifetime).ToUnixTimeSeconds();
        var name = account is null ? "" : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(account.Name));
        var content = string.Create(
            CultureInfo.InvariantCulture, $"{end}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))}.{account?.Generation ?? 0}.{name}");
        context.Response.Cookies.Append(CookieName, $"{content}.{Sign(content, account is null)}", Options(context));
    }

    /// <summary>Ends the request's session, here and in the browser.</summary>
    public void End(HttpContext context)
    {
        Forget(context);
        context.Response.Cookies.Delete(CookieName, Options(context));
    }

    /// <summary>The session that a request carries, if it still runs.</summary>
    /// <exception cref="TdaException">The credential or the accounts can't be read.</exception>
    public async Task<DeskSession?> FindAsync(HttpContext context)
    {
        if (Read(context) is not { } cookie || _ended.ContainsKey(cookie.Id))
        {
            return null;
        }

        var token = Mac($"form {cookie.Id}");
        if (cookie.Name is null)
        {
            return new(new(DeskUser.AdminName, ReviewRole.Admin, token), ByDoor: true);
        }

        return await accounts.CurrentAsync(cookie.Name, context.RequestAborted) is { } account && account.Generation == cookie.Generation
            ? new(new(account.Name, account.Role, token), ByDoor: false)
            : null;
    }

    /// <summary>Takes the cookie out of a request that goes to the upstream.</summary>
    public static void RemoveCookie(IHeaderDictionary headers)
    {
        var cookies = headers.Cookie.ToString();
        if (cookies.Contains(CookieName, StringComparison.Ordinal))
        {
            var others = cookies.Split(';').Where(cookie => !cookie.TrimStart().StartsWith(CookieName + "=", StringComparison.Ordinal));
            var left = string.Join(';', others).Trim();
            headers.Cookie = left.Length == 0 ? default : left;
        }
    }

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = LocalCaller.Scheme(context.Request) == "https", Path = "/" };

    private void Forget(HttpContext context)
    {
        if (Read(context) is not { } cookie)
        {
            return;
        }

        var now = Now().ToUnixTimeSeconds();
        foreach (var (id, end) in _ended)
        {
            if (end <= now)
            {
                _ended.TryRemove(id, out _);
            }
        }

        _ended[cookie.Id] = cookie.End;
    }

    /// <summary>What the request's cookie says, where we signed it and its time isn't over.</summary>
    private Cookie? Read(HttpContext context)
    {
        if (context.Request.Cookies[CookieName]?.Split('.') is not [var end, var id, var generation, var name, var signature])
        {
            return null;
        }

        var signed = CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Sign($"{end}.{id}.{generation}.{name}", byDoor: name.Length == 0)), Encoding.UTF8.GetBytes(signature));
        return signed && long.Parse(end, CultureInfo.InvariantCulture) is var seconds && Now().ToUnixTimeSeconds() < seconds
            ? new(id, seconds, int.Parse(generation, CultureInfo.InvariantCulture), name.Length == 0 ? null : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(name)))
            : null;
    }

    private DateTimeOffset Now() => time.GetUtcNow();

    // A session of the door's ends with the credential.
    private string Sign(string content, bool byDoor) => Mac($"session {content}{(byDoor ? $" {door.Current}" : "")}");

    private string Mac(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));

    private sealed record Cookie(string Id, long End, int Generation, string? Name);
}

/// <summary>A session that runs.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="ByDoor">Whether it was given for the admin's credential or word, and not for an account.</param>
internal sealed record DeskSession(DeskUser User, bool ByDoor);
