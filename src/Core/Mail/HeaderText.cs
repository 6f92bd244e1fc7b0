using System.Text;
using System.Text.RegularExpressions;

namespace Tda.Core.Mail;

/// <summary>Decodes header text: encoded words (RFC 2047), and raw bytes above 127 where they can be told.</summary>
internal static partial class HeaderText
{
    /// <param name="field">An unfolded field, with raw bytes as Latin-1.</param>
    /// <param name="bodyCharset">The body's charset: senders of raw bytes mostly mean the same. '?' stands for what can't be told.</param>
    public static string Decode(string field, string? bodyCharset)
    {
        var text = new StringBuilder();
        var pending = new List<byte>();
        string? pendingCharset = null;
        var at = 0;
        foreach (Match word in EncodedWord().Matches(field))
        {
            var between = field[at..word.Index];
            var charset = word.Groups["charset"].Value;

            // Space between encoded words is theirs to drop; a character's bytes may be split over two of them.
            if (between.AsSpan().Trim().Length > 0 || at == 0 || !charset.Equals(pendingCharset, StringComparison.OrdinalIgnoreCase))
            {
                text.Append(Words(pending, pendingCharset));
                pending.Clear();
                if (between.AsSpan().Trim().Length > 0)
                {
                    text.Append(Raw(between, bodyCharset));
                }
            }

            var content = Encoding.Latin1.GetBytes(word.Groups["content"].Value);
            pending.AddRange(word.Groups["encoding"].Value is "B" or "b" ? TransferEncoding.Base64(content) : TransferEncoding.HeaderWord(content));
            pendingCharset = charset;
            at = word.Index + word.Length;
        }

        text.Append(Words(pending, pendingCharset)).Append(Raw(field[at..], bodyCharset));
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Words(List<byte> bytes, string? charset) => bytes.Count == 0 ? string.Empty : OrQuestionMarks([.. bytes], charset);

    private static string Raw(string text, string? charset) => OrQuestionMarks(Encoding.Latin1.GetBytes(text), charset);

    private static string OrQuestionMarks(byte[] bytes, string? charset)
    {
        try
        {
            return Charset.Decode(bytes, charset);
        }
        catch (MailFormatException)
        {
            return Encoding.ASCII.GetString(bytes); // ASCII's decoder puts '?' for each other byte
        }
    }

    [GeneratedRegex(@"=\?(?<charset>[^?*\s]+)(?:\*[^?\s]*)?\?(?<encoding>[BbQq])\?(?<content>[^?]*)\?=", RegexOptions.ExplicitCapture)]
    private static partial Regex EncodedWord();
}
