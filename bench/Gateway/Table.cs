namespace Tda.Bench.Gateway;

/// <summary>A table on the console.</summary>
internal static class Table
{
    /// <param name="title">What it shows.</param>
    /// <param name="header">Column names, the first one's column aligned left.</param>
    /// <param name="rows">Texts, numbers, or null for nothing.</param>
    public static void Print(string title, string[] header, IEnumerable<object?[]> rows)
    {
        List<string[]> lines = [header, .. rows.Select(row => row.Select(Text).ToArray())];
        int[] widths = [.. header.Select((_, column) => lines.Max(line => line[column].Length))];
        Console.WriteLine(title);
        foreach (var line in lines)
        {
            Console.WriteLine("  " + string.Join("  ", line.Select((text, column) => column == 0 ? text.PadRight(widths[0]) : text.PadLeft(widths[column]))));
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        double number when Math.Abs(number) >= 100 => number.ToString("N0", CultureInfo.InvariantCulture),
        double number => number.ToString("0.00", CultureInfo.InvariantCulture),
        long number => number.ToString("N0", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
