using Tda.Gateway.Proxy;

namespace Tda.Gateway.Redaction;

/// <summary>The one place through which headers and addresses reach the log, the spool and the pages.</summary>
internal static class Redactor
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Redacted = "[redacted]";

    // Parts of a name between separators. "tokens" is not here: x-ratelimit-remaining-tokens is a count.
    private static readonly HashSet<string> SecretWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "authorization", "auth", "cookie", "cookie2", "key", "keys", "apikey", "accesskey", "secretkey", "subscriptionkey", "token",
        "accesstoken", "refreshtoken", "idtoken", "authtoken", "sessiontoken", "secret", "clientsecret", "password", "passwd", "pwd",
        "passphrase", "credential", "credentials", "sig", "signature", "session", "sessionid", "jwt", "bearer", "code", "assertion", "sas",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> SecretWordsByPart =
        SecretWords.GetAlternateLookup<ReadOnlySpan<char>>();

    // Shorter than any key that a detector knows; as many digits as the shortest formatted telephone number has.
    private const int ShortestKey = 16;
    private const int FewestDigits = 7;

    /// <summary>Header lines with the values of secret ones replaced, and secrets in the others masked.</summary>
    public static List<HeaderField> Headers(IHeaderDictionary headers, BodyRedactor redactor)
    {
        var fields = new List<HeaderField>(headers.Count);
        foreach (var (name, values) in headers)
        {
            var secret = IsSecret(name);
            foreach (var line in values)
            {
                var value = GatewayHeaders.Readable(line ?? "");
                fields.Add(new(name, secret ? Redacted : IsHarmless(value) ? value : redactor.Text(value)));
            }
        }

        return fields;
    }

    /// <summary>Path and query with the values of secret parameters replaced and other secrets masked; all else stays as sent.</summary>
    public static string Target(PathString path, QueryString query, BodyRedactor redactor)
    {
        if (!query.HasValue)
        {
            // Nearly all requests: no secret and nothing to escape in it.
            return Routes.IsKnown(path.Value) ? path.Value! : redactor.Text(path.ToUriComponent());
        }

        var text = new StringBuilder(path.ToUriComponent());
        var separator = '?';
        foreach (var pair in query.Value![1..].Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            text.Append(separator).Append(equals >= 0 && IsSecret(Unescape(name)) ? $"{name}={Redacted}" : pair);
            separator = '&';
        }

        return redactor.Text(text.ToString());
    }

    /// <summary>Most values (<c>keep-alive</c>, <c>application/json</c>, lengths): too short for a key, and no address or number.</summary>
    private static bool IsHarmless(string value) =>
        value.Length <= ShortestKey && !value.AsSpan().ContainsAny('@', '+') && value.AsSpan().CountAny("0123456789") < FewestDigits;

    private static bool IsSecret(string name)
    {
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            // apiKey, api_key, api-key and apikey are the same to a provider, so they are to us.
            var wordEnds = i == name.Length || !char.IsAsciiLetterOrDigit(name[i])
                || (i > start && char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterLower(name[i - 1]));
            if (!wordEnds)
            {
                continue;
            }

            if (SecretWordsByPart.Contains(name.AsSpan(start, i - start)))
            {
                return true;
            }

            start = i < name.Length && char.IsAsciiLetterOrDigit(name[i]) ? i : i + 1;
        }

        return false;
    }

    private static string Unescape(string text)
    {
        // Twice: what a proxy on the way escaped once more is the same to whoever reads it.
        var once = Uri.UnescapeDataString(text.Replace('+', ' '));
        return once.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(once) : once;
    }
}
