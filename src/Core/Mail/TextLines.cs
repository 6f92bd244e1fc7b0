using System.Text;

namespace Tda.Core.Mail;

/// <summary>Tidies text: line feeds only, no space at line ends, no control characters, at most one empty line in a row.</summary>
internal static class TextLines
{
    /// <param name="text">Any text.</param>
    /// <param name="collapseSpace">Whether space inside lines is also reduced to one, as in HTML.</param>
    public static string Tidy(string text, bool collapseSpace = false)
    {
        var tidy = new StringBuilder(text.Length);
        var empty = 1; // no empty lines at the start
        foreach (var raw in text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').AsSpan().EnumerateLines())
        {
            var line = Clean(raw, collapseSpace);
            empty = line.Length == 0 ? empty + 1 : 0;
            if (empty <= 1)
            {
                tidy.Append(line).Append('\n');
            }
        }

        return tidy.ToString().TrimEnd();
    }

    private static string Clean(ReadOnlySpan<char> line, bool collapseSpace)
    {
        var clean = new StringBuilder(line.Length);
        foreach (var character in line)
        {
            var drop = (char.IsControl(character) && character != '\t') || character is '\ufeff' or '\u00ad';
            var repeated = collapseSpace && character == ' ' && (clean.Length == 0 || clean[^1] == ' ');
            if (!drop && !repeated)
            {
                clean.Append(character);
            }
        }

        return clean.ToString().TrimEnd();
    }
}
