using System.Text;

namespace Tda.Core.Mail;

/// <summary>Decodes bytes by a declared charset, strictly: wrong bytes are an error, never a replacement character.</summary>
internal static class Charset
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // The WHATWG encoding standard reads all of these as windows-1252: what declares them holds its curly quotes and
    // dashes in practice, where ISO 8859-1 has control characters that no mail contains.
    private static readonly HashSet<string> Windows1252 = new(StringComparer.Ordinal)
    {
        "us-ascii", "ascii", "ansi_x3.4-1968", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1", "windows-1252", "cp1252",
    };

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["utf8"] = "utf-8",
        ["iso8859-2"] = "iso-8859-2",
        ["iso8859-15"] = "iso-8859-15",
        ["cp1250"] = "windows-1250",
        ["cp1251"] = "windows-1251",
        ["chinesebig5"] = "big5",
        ["gb2312_charset"] = "gb2312",
        ["euc-cn"] = "gb2312",
        ["ks_c_5601-1987"] = "euc-kr",
    };

    static Charset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>
    /// The text of <paramref name="bytes"/>. Bytes that are UTF-8 are taken as such when no charset, ASCII or an unknown
    /// one is declared; anything else needs a declaration.
    /// </summary>
    /// <exception cref="MailFormatException">The bytes aren't of the declared charset, or none that is known is declared.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string? declared)
    {
        if (!bytes.ContainsAnyExceptInRange((byte)0, (byte)127) && !IsStateful(declared))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var name = (declared ?? string.Empty).Trim().Trim('\'', '"').ToLowerInvariant();
        name = Aliases.GetValueOrDefault(name, name);
        var encoding = Find(name);
        if (encoding is null || name is "us-ascii" or "ascii" or "ansi_x3.4-1968")
        {
            if (TryDecode(Utf8, bytes) is { } utf8)
            {
                return utf8;
            }

            if (encoding is null)
            {
                throw new MailFormatException(name.Length == 0 ? "bytes that aren't UTF-8, and no charset is declared" : "bytes that aren't UTF-8, and the declared charset is unknown");
            }
        }

        return TryDecode(encoding, bytes) ?? throw new MailFormatException("bytes that aren't of the declared charset");
    }

    /// <summary>ISO 2022 and UTF-7 say with ASCII bytes what isn't ASCII.</summary>
    private static bool IsStateful(string? name) =>
        name is not null && (name.Contains("2022", StringComparison.Ordinal) || name.Contains("hz-", StringComparison.OrdinalIgnoreCase)
            || name.Contains("utf-16", StringComparison.OrdinalIgnoreCase));

    private static Encoding? Find(string name)
    {
        if (name.Length == 0 || name is "utf-7")
        {
            return null; // .NET reads no UTF-7, a known way around filters
        }

        if (name == "utf-8")
        {
            return Utf8;
        }

        try
        {
            return Encoding.GetEncoding(Windows1252.Contains(name) ? "windows-1252" : name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            return null; // an unknown name; the caller says so
        }
    }

    private static string? TryDecode(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (ArgumentException)
        {
            return null; // DecoderFallbackException: the caller says so
        }
    }
}
