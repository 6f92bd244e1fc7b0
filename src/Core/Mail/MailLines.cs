namespace Tda.Core.Mail;

/// <summary>Lines of a mail, ended by CRLF, LF or the end.</summary>
internal static class MailLines
{
    /// <summary>The line at <paramref name="start"/> without its break.</summary>
    /// <returns>Where the next line starts.</returns>
    public static int Next(ReadOnlySpan<byte> mail, int start, out ReadOnlySpan<byte> line)
    {
        var length = mail[start..].IndexOf((byte)'\n');
        var end = length < 0 ? mail.Length : start + length;
        line = mail[start..end].TrimEnd((byte)'\r');
        return length < 0 ? end : end + 1;
    }
}
