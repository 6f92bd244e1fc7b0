using System.Collections.Frozen;
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
        "passphrase", "passcode", "pass", "pw", "psw", "pin", "otp", "credential", "credentials", "sig", "signature", "session", "sessionid", "sid",
        "jwt", "bearer", "code", "assertion", "sas", "dpop", "wsse", "authentication", "ticket",
    };

    // How words end that are written as one: "xapikey", "usertoken". Not "key": a monkey is none.
    private static readonly string[] SecretEndings =
        ["apikey", "accesskey", "secretkey", "privatekey", "masterkey", "authkey", "appkey", "sharedkey", "token", "secret", "password", "passwd", "cookie"];

    // Nearly all headers of nearly all requests: looked up, not taken apart.
    private static readonly FrozenSet<string> Plain = new[]
    {
        "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "ETag",
        "Host", "Keep-Alive", "Origin", "Referer", "Server", "Transfer-Encoding", "User-Agent", "Vary", "Via", "traceparent", "x-request-id",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> SecretWordsByPart =
        SecretWords.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly System.Buffers.SearchValues<char> ParameterEnds = System.Buffers.SearchValues.Create("?#&; ,\"<>");

    // Shorter than any key that a detector knows; as many digits as the shortest formatted telephone number has.
    private const int ShortestKey = 16;
    private const int FewestDigits = 7;

    /// <summary>Header lines with the values of secret ones replaced, and secrets in the others masked.</summary>
    public static List<HeaderField> Headers(IHeaderDictionary headers, BodyRedactor redactor)
    {
        var fields = new List<HeaderField>(headers.Count);
        foreach (var (name, values) in headers)
        {
            var secret = !Plain.Contains(name) && IsSecret(name);
            var protocols = string.Equals(name, "Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase);
            foreach (var line in values)
            {
                var value = GatewayHeaders.Readable(line ?? "");
                value = protocols ? WithoutCredentials(value) : value;
                fields.Add(new(name, secret ? Redacted : IsHarmless(value) ? value : redactor.Text(WithoutParameters(value))));
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

        return redactor.Text(WithoutParameters(path.ToUriComponent() + query.Value));
    }

    /// <summary>
    /// The protocols that a WebSocket's client offers, without the credentials that pages put among them for want of another header:
    /// <c>openai-insecure-api-key.KEY</c>, <c>bearer.authorization.k8s.io.TOKEN</c>, or <c>token, TOKEN</c>.
    /// </summary>
    private static string WithoutCredentials(string protocols)
    {
        var parts = protocols.Split(',');
        var named = false;
        for (var i = 0; i < parts.Length; i++)
        {
            var name = parts[i].Trim();
            var dot = SecretDot(name);
            parts[i] = named ? " " + Redacted : dot < 0 ? parts[i] : parts[i].Replace(name, name[..(dot + 1)] + Redacted, StringComparison.Ordinal);
            named = !named && dot < 0 && IsSecret(name);
        }

        return string.Join(',', parts);
    }

    /// <summary>The dot behind the first part of a protocol's name that is a secret's, so that one follows; -1 where none does.</summary>
    private static int SecretDot(string protocol)
    {
        var start = 0;
        for (var dot = protocol.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = protocol.IndexOf('.', start))
        {
            if (IsSecret(protocol[start..dot]))
            {
                return dot;
            }

            start = dot + 1;
        }

        return -1;
    }

    /// <summary>
    /// An address, or several, with the values of secret parameters replaced: a page's own (<c>Referer</c>, <c>Location</c>, links) may
    /// hold what the request's may not.
    /// </summary>
    private static string WithoutParameters(string text)
    {
        var start = text.AsSpan().IndexOfAny('?', '#');
        if (start < 0 || !text.AsSpan(start).Contains('='))
        {
            return text;
        }

        var kept = new StringBuilder(text, 0, start, text.Length);
        while (start < text.Length)
        {
            var length = text.AsSpan(start + 1).IndexOfAny(ParameterEnds);
            var end = length < 0 ? text.Length : start + 1 + length;
            var pair = text.AsSpan((start + 1)..end);
            var equals = pair.IndexOf('=');
            var secret = equals >= 0 && text[start] is '?' or '&' or '#' or ';' && IsSecret(Unescape(pair[..Math.Max(equals, 0)].ToString()));
            kept.Append(text[start]).Append(secret ? $"{pair[..equals]}={Redacted}" : pair);
            start = end;
        }

        return kept.ToString();
    }

    /// <summary>Most values (<c>keep-alive</c>, <c>application/json</c>, lengths): too short for a key, and no address or number.</summary>
    private static bool IsHarmless(string value) =>
        value.Length <= ShortestKey && !value.AsSpan().ContainsAny('@', '+') && value.AsSpan().CountAny("0123456789") < FewestDigits;

    private static bool IsSecret(string name)
    {
        if (SecretWords.Contains(name))
        {
            return true;
        }

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

            if (IsSecretWord(name.AsSpan(start, i - start).TrimEnd("0123456789"), last: i == name.Length))
            {
                return true;
            }

            start = i < name.Length && char.IsAsciiLetterOrDigit(name[i]) ? i : i + 1;
        }

        return false;
    }

    private static bool IsSecretWord(ReadOnlySpan<char> word, bool last)
    {
        if (SecretWordsByPart.Contains(word))
        {
            // "X-Pass-Through" passes something else.
            return last || !word.Equals("pass", StringComparison.OrdinalIgnoreCase);
        }

        foreach (var ending in SecretEndings)
        {
            if (word.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
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
