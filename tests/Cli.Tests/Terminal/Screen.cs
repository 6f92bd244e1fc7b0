namespace Tda.Cli.Tests.Terminal;

/// <summary>What stands on a terminal after a program wrote to it: knows the control sequences that progress bars are drawn with.</summary>
internal sealed class Screen(int width)
{
    private readonly List<StringBuilder> _rows = [new()];
    private int _row;
    private int _column;

    /// <summary>The rows, without white space at their ends; empty rows at the end are left out.</summary>
    public IReadOnlyList<string> Rows
    {
        get
        {
            string[] rows = [.. _rows.Select(row => row.ToString().TrimEnd())];
            return rows[..(Array.FindLastIndex(rows, row => row.Length > 0) + 1)];
        }
    }

    /// <summary>Takes what the program wrote.</summary>
    public void Write(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r': _column = 0; break;
                case '\n': MoveTo(_row + 1); break;
                case '\b': _column = Math.Max(0, _column - 1); break;
                case '\u001b': i = Control(text, i); break;
                case < ' ': break;
                default: Put(text[i]); break;
            }
        }
    }

    private void Put(char c)
    {
        if (_column == width)
        {
            MoveTo(_row + 1);
            _column = 0;
        }

        var row = _rows[_row];
        row.Append(' ', Math.Max(0, _column + 1 - row.Length));
        row[_column++] = c;
    }

    /// <summary>Obeys ESC [ number letter; colours and the cursor's visibility change no text.</summary>
    private int Control(string text, int at)
    {
        if (at + 1 >= text.Length || text[at + 1] != '[')
        {
            return at + 1;
        }

        var end = at + 2;
        while (end < text.Length && !char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        var number = int.TryParse(text.AsSpan(at + 2, end - at - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        switch (end < text.Length ? text[end] : ' ')
        {
            case 'A': MoveTo(_row - Math.Max(1, number)); break;
            case 'B': MoveTo(_row + Math.Max(1, number)); break;
            case 'C': _column = Math.Min(width - 1, _column + Math.Max(1, number)); break;
            case 'D': _column = Math.Max(0, _column - Math.Max(1, number)); break;
            case 'G': _column = Math.Max(0, number - 1); break;
            case 'K' when number == 2: _rows[_row].Clear(); break;
            case 'K': _rows[_row].Length = Math.Min(_column, _rows[_row].Length); break;
            case 'J' when number == 0:
                _rows[_row].Length = Math.Min(_column, _rows[_row].Length);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
        }

        return end;
    }

    private void MoveTo(int row)
    {
        _row = Math.Max(0, row);
        while (_rows.Count <= _row)
        {
            _rows.Add(new());
        }
    }
}
