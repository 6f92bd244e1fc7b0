using System.Text.RegularExpressions;
using MimeKit;

namespace Tda.Curation.Formats;

/// <summary>
/// Reads the text of an e-mail (RFC 5322, MIME): the plain text where there is one, else the HTML as text. Attachments
/// are left out. Lenient with structure, strict with bytes: a mail whose charset can't be told has no text.
/// </summary>
public static partial class MailReader
{
    private const int HeadCharacters = 2000;

    /// <summary>Fewer may be someone writing about HTML.</summary>
    private const int ClosingTagsOfPage = 3;

    /// <summary>Deeper nesting than any mail program makes is a mail made to exhaust its reader; what lies deeper isn't read.</summary>
    private const int MaximumDepth = 32;

    private static readonly HashSet<string> TellingFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "To", "Subject", "Date", "Received", "Return-Path", "Message-Id", "Delivered-To", "MIME-Version", "Content-Type", "Reply-To", "X-Status",
    };

    /// <summary>Whether this looks like a mail: two of the fields that mails have, at the very start.</summary>
    public static bool LooksLikeMail(ReadOnlySpan<byte> file)
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        HeaderLength(file, found);
        return found.Count >= 2;
    }

    /// <exception cref="MailFormatException">There is no text in it, or it can't be decoded.</exception>
    public static MailText Read(ReadOnlySpan<byte> mail)
    {
        // The first line that isn't a field starts the body, as senders of broken mail expect; MimeKit would refuse the mail.
        var start = HeaderLength(mail, []);
        var separator = mail[start..].StartsWith("\n"u8) || mail[start..].StartsWith("\r\n"u8) ? ""u8 : "\n"u8;
        byte[] separated = [.. mail[..start], .. separator, .. mail[start..]];
        MimeMessage message;
        try
        {
            message = MimeMessage.Load(new ParserOptions { MaxMimeDepth = MaximumDepth }, new MemoryStream(separated, writable: false));
        }
        catch (FormatException error)
        {
            throw new MailFormatException("no header fields at the start", error);
        }

        var body = TextLines.Tidy(message.Body is { } root ? TextOf(root) : string.Empty);
        if (body.Length == 0)
        {
            throw new MailFormatException("no text in the mail");
        }

        return new MailText(Subject(message), body);
    }

    /// <summary>Where the header fields end; those that tell a mail are added to <paramref name="found"/>.</summary>
    private static int HeaderLength(ReadOnlySpan<byte> mail, HashSet<string> found)
    {
        var start = 0;
        while (start < mail.Length)
        {
            var length = mail[start..].IndexOf((byte)'\n');
            var next = length < 0 ? mail.Length : start + length + 1;
            var line = mail[start..next];
            var name = line[..Math.Max(line.IndexOf((byte)':'), 0)].TrimEnd((byte)' ');
            if (!name.IsEmpty && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            {
                var field = Encoding.ASCII.GetString(name);
                if (TellingFields.Contains(field))
                {
                    found.Add(field);
                }
            }
            else if (!(line.StartsWith(" "u8) || line.StartsWith("\t"u8) || (start == 0 && line.StartsWith("From "u8)) || line.StartsWith(">From "u8)))
            {
                break;
            }

            start = next;
        }

        return start;
    }

    /// <summary>Raw bytes above 127 are read in the body's charset: senders of such bytes mostly mean the same.</summary>
    private static string Subject(MimeMessage message)
    {
        var field = message.Headers.FirstOrDefault(header => header.Id == HeaderId.Subject);
        if (field is null)
        {
            return string.Empty;
        }

        var charset = Charset.Find(message.Body is { } body ? CharsetOf(body) : null) ?? Encoding.UTF8;
        var subject = field.GetValue(Encoding.GetEncoding(charset.CodePage));
        return string.Join(' ', subject.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string TextOf(MimeEntity entity) => entity switch
    {
        { ContentDisposition.IsAttachment: true } => string.Empty,
        MessagePart { Message.Body: { } inner } => TextOf(inner),
        MultipartAlternative { Count: > 0 } alternatives => Best(alternatives),
        Multipart { Count: > 0 } parts => Joined(parts),

        // A multipart whose boundary never comes: what is there is most likely plain text.
        Multipart { Preamble: { } text } => Plain(text),
        TextPart { IsHtml: true } page => HtmlText.Extract(Decoded(page)),
        TextPart { IsPlain: true } text => Plain(Decoded(text)),
        _ => string.Empty,
    };

    /// <summary>The same content several times: plain text if there is any, else the first that has text.</summary>
    private static string Best(MultipartAlternative alternatives)
    {
        MailFormatException? failure = null;
        foreach (var part in alternatives.OrderByDescending(p => p is TextPart { IsPlain: true }))
        {
            try
            {
                var text = TextOf(part);
                if (!string.IsNullOrWhiteSpace(text))
                {
                    return text;
                }
            }
            catch (MailFormatException error)
            {
                failure ??= error; // another alternative may be readable; if none is, this is the reason
            }
        }

        return failure is null ? string.Empty : throw failure;
    }

    private static string Joined(Multipart parts) =>
        string.Join("\n\n", parts.Select(TextOf).Where(text => !string.IsNullOrWhiteSpace(text)));

    /// <summary>Much of what is declared plain text is a page.</summary>
    private static string Plain(string text)
    {
        var head = text.AsSpan(0, Math.Min(text.Length, HeadCharacters));
        var isPage = head.Contains("<html", StringComparison.OrdinalIgnoreCase)
            || head.Contains("<body", StringComparison.OrdinalIgnoreCase)
            || head.Contains("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || ClosingTag().Count(head) >= ClosingTagsOfPage;
        return isPage ? HtmlText.Extract(text) : text;
    }

    private static string Decoded(TextPart part)
    {
        if (part.Content is not { } content)
        {
            return string.Empty;
        }

        if (content.Encoding == ContentEncoding.Base64)
        {
            // What follows the padding isn't base64: list servers append their lines to the body as they are.
            using var raw = new MemoryStream();
            content.WriteTo(raw);
            var text = raw.ToArray();
            var padding = text.AsSpan().IndexOf((byte)'=');
            var end = padding < 0 ? text.Length : Math.Min(padding + 2, text.Length);
            content = new MimeContent(new MemoryStream(text, 0, end), ContentEncoding.Base64);
        }

        using var bytes = new MemoryStream();
        content.DecodeTo(bytes);
        return Charset.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), CharsetOf(part));
    }

    /// <summary>The declared charset of a part, or of the first text below it.</summary>
    private static string? CharsetOf(MimeEntity entity) => entity switch
    {
        Multipart parts => parts.ContentType.Charset ?? parts.Select(CharsetOf).FirstOrDefault(charset => charset is not null),
        MessagePart { Message.Body: { } inner } => CharsetOf(inner),
        _ => entity.ContentType.Charset,
    };

    [GeneratedRegex("</(?:a|b|center|div|font|h[1-6]|li|p|span|strong|table|td|tr|ul)>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ClosingTag();
}

/// <summary>What a mail says.</summary>
/// <param name="Subject">The decoded subject on one line; empty when there is none.</param>
/// <param name="Body">The body as text with line feeds.</param>
public sealed record MailText(string Subject, string Body);

/// <summary>A mail whose text can't be had; the message says why, in words that don't vary from mail to mail.</summary>
public sealed class MailFormatException(string reason, Exception? inner = null) : FormatException(reason, inner);

/// <summary>Decodes bytes by a declared charset, strictly: wrong bytes are an error, never a replacement character.</summary>
internal static class Charset
{
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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

        var name = Normalise(declared);
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

    /// <summary>The encoding of a declared name, which throws on wrong bytes; null for no name and for unknown ones.</summary>
    public static Encoding? Find(string? declared)
    {
        var name = Normalise(declared);
        if (name is "" or "utf-7")
        {
            return null; // .NET reads no UTF-7, a known way around filters
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

    private static string Normalise(string? declared)
    {
        var name = (declared ?? string.Empty).Trim().Trim('\'', '"').ToLowerInvariant();
        return Aliases.GetValueOrDefault(name, name);
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
