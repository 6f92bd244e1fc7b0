using System.Text;

namespace Tda.Core.Mail;

/// <summary>A Content-Type or Content-Disposition field: a value and parameters (RFC 2045).</summary>
internal sealed class ContentType
{
    private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);

    private ContentType(string value) => Value = value;

    /// <summary>In lower case, such as <c>text/plain</c>.</summary>
    public string Value { get; }

    public string? this[string parameter] => _parameters.GetValueOrDefault(parameter);

    public static ContentType Parse(string? field, string defaultValue)
    {
        var pieces = Split(field ?? defaultValue);
        var value = pieces[0].Trim().ToLowerInvariant();
        var type = new ContentType(value.Length == 0 ? defaultValue : value);
        foreach (var piece in pieces.Skip(1))
        {
            var equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                type._parameters.TryAdd(piece[..equals].Trim(), Unquote(piece[(equals + 1)..].Trim()));
            }
        }

        return type;
    }

    /// <summary>Splits at semicolons outside quotes.</summary>
    private static List<string> Split(string field)
    {
        var pieces = new List<string>();
        var quoted = false;
        var start = 0;
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && quoted)
            {
                i++;
            }
            else if (field[i] == '"')
            {
                quoted = !quoted;
            }
            else if (field[i] == ';' && !quoted)
            {
                pieces.Add(field[start..i]);
                start = i + 1;
            }
        }

        pieces.Add(field[start..]);
        return pieces;
    }

    private static string Unquote(string value)
    {
        if (value.Length == 0 || value[0] != '"')
        {
            var space = value.IndexOf(' ', StringComparison.Ordinal); // a comment, or a missing semicolon
            return space < 0 ? value : value[..space];
        }

        var text = new StringBuilder();
        for (var i = 1; i < value.Length && value[i] != '"'; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
            {
                i++;
            }

            text.Append(value[i]);
        }

        return text.ToString();
    }
}
