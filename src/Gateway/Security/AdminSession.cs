using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tda.Gateway.Security;

/// <summary>
/// The cookie of someone who logged in: its end and a signature with a key that lives as long as the process, so that a
/// restart logs everyone out and no session is stored anywhere. It ends with the credential that it was given for.
/// </summary>
internal sealed class AdminSession(AdminCredential credential, TimeProvider time)
{
    public const string CookieName = "tda-session";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public void Start(HttpContext context)
    {
        var end = time.GetUtcNow().Add(Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var content = $"{end}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))}";
        context.Response.Cookies.Append(CookieName, $"{content}.{Sign(content)}", Options(context));
    }

    public static void End(HttpContext context) => context.Response.Cookies.Delete(CookieName, Options(context));

    /// <summary>Whether a request carries a session that still runs.</summary>
    /// <exception cref="TdaException">The credential can't be read.</exception>
    public bool IsIn(HttpContext context)
    {
        var cookie = context.Request.Cookies[CookieName] ?? "";
        var dot = cookie.LastIndexOf('.');
        return dot > 0
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(cookie[..dot])), Encoding.UTF8.GetBytes(cookie[(dot + 1)..]))
            && long.TryParse(cookie.AsSpan(0, cookie.IndexOf('.', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && time.GetUtcNow().ToUnixTimeSeconds() < end;
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
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/" };

    private string Sign(string content) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{content} {credential.Current}")));
}
