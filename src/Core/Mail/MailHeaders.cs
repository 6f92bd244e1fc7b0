using System.Text;

namespace Tda.Core.Mail;

/// <summary>The header fields of a mail or of one of its parts (RFC 5322), unfolded. Bytes above 127 are kept as Latin-1.</summary>
internal sealed class MailHeaders
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Names => _fields.Keys;

    /// <summary>The first field of that name, or null.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>
    /// Reads the header block. It ends at the first empty line, or before the first line that is neither a field nor a
    /// continuation, as senders of broken mail expect.
    /// </summary>
    /// <param name="mail">The mail or part.</param>
    /// <param name="bodyStart">Where the body begins.</param>
    public static MailHeaders Read(ReadOnlySpan<byte> mail, out int bodyStart)
    {
        var headers = new MailHeaders();
        string? name = null;
        var value = new StringBuilder();
        bodyStart = 0;
        var first = true;
        while (bodyStart < mail.Length)
        {
            var next = MailLines.Next(mail, bodyStart, out var line);
            if (line.IsEmpty)
            {
                bodyStart = next;
                break;
            }

            var colon = line.IndexOf((byte)':');
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                value.Append(' ').Append(Encoding.Latin1.GetString(line).Trim());
            }
            else if (IsFieldName(line[..Math.Max(colon, 0)]))
            {
                headers.Add(name, value);
                name = Encoding.ASCII.GetString(line[..colon]).TrimEnd();
                value.Clear().Append(Encoding.Latin1.GetString(line[(colon + 1)..]).Trim());
            }
            else if (!IsSeparator(line, first))
            {
                break;
            }

            first = false;
            bodyStart = next;
        }

        headers.Add(name, value);
        return headers;
    }

    private void Add(string? name, StringBuilder value)
    {
        if (name is not null)
        {
            _fields.TryAdd(name, value.ToString());
        }
    }

    private static bool IsFieldName(ReadOnlySpan<byte> name)
    {
        name = name.TrimEnd((byte)' ');
        return !name.IsEmpty && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
    }

    /// <summary>The line that mbox files put before a mail, or its quoted form inside forwarded mail.</summary>
    private static bool IsSeparator(ReadOnlySpan<byte> line, bool first) =>
        (first && line.StartsWith("From "u8)) || line.StartsWith(">From "u8);
}
