namespace Tda.Core.Mail;

/// <summary>A mail whose text can't be had; the message says why, in words that don't vary from mail to mail.</summary>
public sealed class MailFormatException : FormatException
{
    public MailFormatException(string reason, Exception? inner = null)
        : base(reason, inner)
    {
    }
}
