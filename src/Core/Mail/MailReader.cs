using System.Text.RegularExpressions;

namespace Tda.Core.Mail;

/// <summary>
/// Reads the text of an e-mail (RFC 5322, MIME): the plain text where there is one, else the HTML as text. Attachments
/// are left out. Lenient with structure, strict with bytes: a mail whose charset can't be told has no text.
/// </summary>
public static partial class MailReader
{
    private const int HeadCharacters = 2000;

    /// <summary>Fewer may be someone writing about HTML.</summary>
    private const int ClosingTagsOfPage = 3;

    private static readonly string[] TellingFields =
        ["From", "To", "Subject", "Date", "Received", "Return-Path", "Message-Id", "Delivered-To", "MIME-Version", "Content-Type", "Reply-To", "X-Status"];

    /// <summary>Whether this looks like a mail: two of the fields that mails have, at the very start.</summary>
    public static bool LooksLikeMail(ReadOnlySpan<byte> file)
    {
        var headers = MailHeaders.Read(file, out _);
        return TellingFields.Count(field => headers[field] is not null) >= 2;
    }

    /// <exception cref="MailFormatException">There is no text in it, or it can't be decoded.</exception>
    public static MailText Read(ReadOnlySpan<byte> mail)
    {
        var root = MailPart.Parse(mail);
        var body = TextLines.Tidy(TextOf(root));
        if (body.Length == 0)
        {
            throw new MailFormatException("no text in the mail");
        }

        var subject = HeaderText.Decode(root.Headers["Subject"] ?? string.Empty, CharsetOf(root));
        return new MailText(subject, body);
    }

    private static string TextOf(MailPart part)
    {
        if (part.IsAttachment)
        {
            return string.Empty;
        }

        if (part.Parts.Count > 0)
        {
            return part.Type.Value == "multipart/alternative" ? Best(part) : Joined(part);
        }

        return part.Type.Value switch
        {
            "text/html" => HtmlText.Extract(Decoded(part)),
            "text/plain" or "text" => Plain(Decoded(part)),

            // A multipart whose boundary never comes: what is there is most likely plain text.
            _ when part.Type.Value.StartsWith("multipart/", StringComparison.Ordinal) => Plain(Decoded(part)),
            _ => string.Empty,
        };
    }

    /// <summary>The same content several times: plain text if there is any, else the first that has text.</summary>
    private static string Best(MailPart alternatives)
    {
        MailFormatException? failure = null;
        foreach (var part in alternatives.Parts.OrderByDescending(p => p.Type.Value == "text/plain"))
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

    private static string Joined(MailPart parts) =>
        string.Join("\n\n", parts.Parts.Select(TextOf).Where(text => !string.IsNullOrWhiteSpace(text)));

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

    private static string Decoded(MailPart part) => Charset.Decode(part.DecodedBody(), CharsetOf(part));

    /// <summary>The declared charset of a part, or of the first text below it.</summary>
    private static string? CharsetOf(MailPart part) =>
        part.Type["charset"] ?? part.Parts.Select(CharsetOf).FirstOrDefault(charset => charset is not null);

    [GeneratedRegex("</(?:a|b|center|div|font|h[1-6]|li|p|span|strong|table|td|tr|ul)>", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ClosingTag();
}
