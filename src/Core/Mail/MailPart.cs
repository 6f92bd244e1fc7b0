namespace Tda.Core.Mail;

/// <summary>A mail or one of its MIME parts: header fields, and a body or further parts.</summary>
internal sealed class MailPart
{
    /// <summary>Deeper nesting than any mail program makes is a mail made to exhaust its reader.</summary>
    private const int MaximumDepth = 32;

    private MailPart(MailHeaders headers, ContentType type, byte[] body)
    {
        Headers = headers;
        Type = type;
        Body = body;
    }

    public MailHeaders Headers { get; }

    public ContentType Type { get; }

    /// <summary>The body, still in its transfer encoding.</summary>
    public byte[] Body { get; }

    /// <summary>The parts of a multipart, or the one mail inside a message/rfc822.</summary>
    public List<MailPart> Parts { get; } = [];

    public bool IsAttachment => ContentType.Parse(Headers["Content-Disposition"], "inline").Value == "attachment";

    /// <exception cref="MailFormatException">Nested too deeply.</exception>
    public static MailPart Parse(ReadOnlySpan<byte> mail) => Parse(mail, "text/plain", 0);

    /// <summary>The body's bytes without the transfer encoding.</summary>
    public byte[] DecodedBody() => TransferEncoding.Decode(Body, Headers["Content-Transfer-Encoding"]);

    private static MailPart Parse(ReadOnlySpan<byte> mail, string defaultType, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new MailFormatException("parts nested too deeply");
        }

        var headers = MailHeaders.Read(mail, out var bodyStart);
        var type = ContentType.Parse(headers["Content-Type"], defaultType);
        var body = mail[bodyStart..];

        if (type.Value == "message/rfc822")
        {
            var message = new MailPart(headers, type, []);
            message.Parts.Add(Parse(TransferEncoding.Decode(body, headers["Content-Transfer-Encoding"]), "text/plain", depth + 1));
            return message;
        }

        if (!type.Value.StartsWith("multipart/", StringComparison.Ordinal))
        {
            return new MailPart(headers, type, body.ToArray());
        }

        var multipart = new MailPart(headers, type, body.ToArray());
        var partType = type.Value == "multipart/digest" ? "message/rfc822" : "text/plain";
        foreach (var range in Multipart.Split(body, type["boundary"]))
        {
            multipart.Parts.Add(Parse(body[range], partType, depth + 1));
        }

        return multipart;
    }
}
