namespace Tda.Core.Mail;

/// <summary>What a mail says.</summary>
/// <param name="Subject">The decoded subject on one line; empty when there is none.</param>
/// <param name="Body">The body as text with line feeds.</param>
public sealed record MailText(string Subject, string Body);
