namespace Tda.GatewayHost.Terminal;

/// <summary>
/// Tables of results. On a terminal aligned and within its width: long texts are broken at spaces, ids and names never; where even so a row
/// doesn't fit, each of its cells gets a line. In pipes and files a row is a line, with tabs between its cells.
/// </summary>
public static class ConsoleTable
{
    private const int Gap = 2;

    /// <summary>Writes a table.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="columns">The header.</param>
    /// <param name="rows">As many cells each as there are columns.</param>
    public static void WriteTable(this IAnsiConsole console, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var output = console.Profile.Out.Writer;
        List<string[]> lines = [.. rows.Select(row => row.Select(InOneLine).ToArray())];
        if (!console.Profile.Out.IsTerminal)
        {
            foreach (var line in lines.Prepend([.. columns]))
            {
                output.WriteLine(string.Join('\t', line));
            }
        }
        else if (Widths(columns, lines, console.Profile.Width) is { } widths)
        {
            var right = Enumerable.Range(0, columns.Count).Select(c => lines.Count > 0 && lines.TrueForAll(line => IsNumber(line[c]))).ToArray();
            WriteRow(output, [.. columns], widths, right);
            output.WriteLine(new string('─', widths.Sum() + (Gap * (widths.Length - 1))));
            foreach (var line in lines)
            {
                WriteRow(output, line, widths, right);
            }
        }
        else
        {
            var left = columns.Max(column => column.Length);
            foreach (var line in lines)
            {
                foreach (var (column, cell) in columns.Zip(line).Where(pair => pair.Second.Length > 0))
                {
                    output.WriteLine($"{column.PadRight(left)}  {cell}");
                }

                output.WriteLine();
            }
        }
    }

    /// <summary>
    /// Writes records that are too wide for a terminal: there each gets lines of facts and then one of texts, which are cut where the line
    /// ends, but for the first; elsewhere a table of all columns.
    /// </summary>
    /// <param name="console">Where to.</param>
    /// <param name="facts">The first columns, line by line.</param>
    /// <param name="texts">The others.</param>
    /// <param name="rows">As many cells each as there are columns.</param>
    public static void WriteRecords(
        this IAnsiConsole console, IReadOnlyList<IReadOnlyList<string>> facts, IReadOnlyList<string> texts, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            console.WriteTable([.. facts.SelectMany(line => line), .. texts], rows);
            return;
        }

        var output = console.Profile.Out.Writer;
        var gap = new string(' ', Gap);
        var room = Math.Max(Gap, console.Profile.Width);
        foreach (var row in rows)
        {
            var first = 0;
            foreach (var line in facts)
            {
                var cells = string.Join(gap, row.Skip(first).Take(line.Count).Select(InOneLine).Where(cell => cell.Length > 0));
                output.WriteLine(first == 0 ? cells : Cut(gap + cells, room));
                first += line.Count;
            }

            output.WriteLine(Cut(gap + string.Join(" → ", row.Skip(first).Select(InOneLine)), room));
        }
    }

    private static string Cut(string line, int room) => line.Length > room ? line[..(room - 1)] + "…" : line;

    /// <summary>A column's width each; null where the longest words leave no room.</summary>
    private static int[]? Widths(IReadOnlyList<string> columns, List<string[]> lines, int room)
    {
        int[] widths = [.. columns.Select((column, c) => lines.Select(line => line[c].Length).Append(column.Length).Max())];
        int[] least = [.. columns.Select((column, c) => lines.Append([.. columns]).SelectMany(line => line[c].Split(' ')).Max(word => word.Length))];
        var excess = widths.Sum() + (Gap * (widths.Length - 1)) - room;
        while (excess > 0)
        {
            // The widest of those that can still give.
            var widest = Enumerable.Range(0, widths.Length).Where(c => widths[c] > least[c]).DefaultIfEmpty(-1).MaxBy(c => c < 0 ? 0 : widths[c]);
            if (widest < 0)
            {
                return null;
            }

            widths[widest]--;
            excess--;
        }

        return widths;
    }

    private static void WriteRow(TextWriter output, string[] cells, int[] widths, bool[] right)
    {
        var broken = cells.Select((cell, c) => PlainText.Wrapped(cell, widths[c])).ToArray();
        for (var line = 0; line < broken.Max(cell => cell.Count); line++)
        {
            var texts = broken.Select((cell, c) => line < cell.Count ? cell[line] : "").Select((text, c) => right[c] ? text.PadLeft(widths[c]) : text.PadRight(widths[c]));
            output.WriteLine(string.Join(new string(' ', Gap), texts).TrimEnd());
        }
    }

    /// <summary>A number, perhaps with a unit behind it; a date or an id is none.</summary>
    private static bool IsNumber(string cell) => double.TryParse(
        cell.Split(' ')[0].Replace('−', '-').TrimEnd('%'), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);

    // Hidden characters are spelt out: what a client or a document wrote must not move the cursor or rename the window.
    private static string InOneLine(string cell) => VisibleText.Plain(cell.ReplaceLineEndings(" ").Replace('\t', ' '));
}
