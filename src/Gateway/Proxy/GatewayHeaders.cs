using System.Diagnostics.CodeAnalysis;

namespace Tda.Gateway.Proxy;

/// <summary>The headers that clients address to the gateway itself; the upstream never sees them.</summary>
internal static class GatewayHeaders
{
    /// <summary>Labels for the exchange: <c>name=value, name=value</c>.</summary>
    public const string Tags = ExchangeTags.Header;

    /// <summary>On the answer: which of the request's tags were left out, and why.</summary>
    public const string TagsError = "X-Tda-Tags-Error";

    /// <summary>What the gateway must not do with the exchange: <c>record</c>, <c>distill</c>, or both.</summary>
    public const string OptOutHeader = ExchangeTags.OptOutHeader;

    /// <summary>Which of several upstreams is meant, by its name.</summary>
    public const string Upstream = "X-Tda-Upstream";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Tags, OptOutHeader, Upstream];

    // Tags that say what the gateway knows; a client's of these names are left out.
    private static readonly string[] Own = [ExchangeTags.Terms, ExchangeTags.Upstream, ExchangeTags.Limited, ExchangeTags.First, ExchangeTags.Attempt];

    private static readonly Dictionary<string, OptOut> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        [ExchangeTags.OptOutOfDistilling] = OptOut.Distill,
        [ExchangeTags.OptOutOfRecording] = OptOut.Record,
    };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MaxTags = 32;
    private const int MaxLength = 256;

    /// <summary>
    /// A header's value as its writer meant it. Values come with a character for each byte (<see cref="Encoding.Latin1"/>), so that they pass
    /// unchanged; bytes beyond ASCII are nearly always UTF-8.
    /// </summary>
    public static string Readable(string value)
    {
        if (Ascii.IsValid(value))
        {
            return value;
        }

        try
        {
            return StrictUtf8.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }

    /// <summary>
    /// Reads what the client opts out of; null when a word of it isn't known: whoever sends the header wants to keep
    /// something back, and must not believe that it is.
    /// </summary>
    public static OptOut? ReadOptOut(string? header)
    {
        var asked = OptOut.None;
        foreach (var word in (header ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Words.TryGetValue(word, out var part))
            {
                return null;
            }

            asked |= part;
        }

        return asked;
    }

    /// <summary>All tags of an exchange: the client's, and over them what its opt-out and the configuration say.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="terms">What the upstream's terms allow.</param>
    /// <param name="upstream">The upstream; null where there is only one.</param>
    /// <param name="error">Which tags were left out, and why.</param>
    public static Dictionary<string, string> TagsOf(IHeaderDictionary headers, TermsOptions terms, string? upstream, out string? error)
    {
        var tags = ReadTags(Readable(headers[Tags].ToString()), out error);
        if (Own.Count(tags.Remove) > 0)
        {
            error ??= $"{string.Join(", ", Own[..^1])} and {Own[^1]} are the gateway's own tags and were left out";
        }

        if (!terms.MayDistill)
        {
            tags[ExchangeTags.Distill] = ExchangeTags.No;
            tags[ExchangeTags.Terms] = terms.Note ?? "the upstream's terms do not allow it";
        }
        else if (ReadOptOut(headers[OptOutHeader]) != OptOut.None)
        {
            tags[ExchangeTags.Distill] = ExchangeTags.No;
        }

        if (upstream is not null)
        {
            tags[ExchangeTags.Upstream] = upstream;
        }

        return tags;
    }

    /// <summary>Reads the tags; what can't be read is left out, and <paramref name="error"/> says so in ASCII, without the tag's text.</summary>
    public static Dictionary<string, string> ReadTags(string? header, out string? error)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        error = null;
        var number = 0;
        foreach (var part in (header ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            number++;
            if (tags.Count == MaxTags)
            {
                error = string.Create(CultureInfo.InvariantCulture, $"more than {MaxTags} tags: those from number {number} on were left out");
                break;
            }

            if (TrySplit(part, out var name, out var value))
            {
                tags[name] = value;
            }
            else
            {
                error ??= string.Create(
                    CultureInfo.InvariantCulture, $"tag {number} is not name=value of at most {MaxLength} characters and was left out");
            }
        }

        return tags;
    }

    private static bool TrySplit(string part, [NotNullWhen(true)] out string? name, [NotNullWhen(true)] out string? value)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        name = equals < 0 ? "" : part[..equals].Trim();
        value = equals < 0 ? "" : part[(equals + 1)..].Trim();
        return name.Length is > 0 and <= MaxLength && value.Length <= MaxLength;
    }
}

/// <summary>What a client asks the gateway not to do with its exchange.</summary>
[Flags]
public enum OptOut
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It is recorded, but no surrogate learns from it.</summary>
    Distill = 1,

    /// <summary>It is forwarded and not recorded: a declared drop.</summary>
    Record = 2,
}
