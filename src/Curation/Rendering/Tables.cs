namespace Tda.Curation.Rendering;

/// <summary>Tables with caption and scopes. Roles are spelt out because a stacked table loses the implied ones.</summary>
internal static class Tables
{
    public static void Write<T>(HtmlWriter h, string caption, IReadOnlyList<Column<T>> columns, IEnumerable<T> rows, Func<T, string?>? rowClass = null)
    {
        using var table = h.In("table", ("role", "table"));
        h.Element("caption", caption);
        using (h.In("thead", ("role", "rowgroup")))
        using (h.In("tr", ("role", "row")))
        {
            foreach (var column in columns)
            {
                h.Element("th", column.Header, ("scope", "col"), ("role", "columnheader"), ("class", column.Numeric ? "num" : null));
            }
        }

        using (h.In("tbody", ("role", "rowgroup")))
        {
            foreach (var row in rows)
            {
                using (h.In("tr", ("role", "row"), ("class", rowClass?.Invoke(row))))
                {
                    foreach (var column in columns)
                    {
                        WriteCell(h, column, row);
                    }
                }

                h.Line();
            }
        }
    }

    private static void WriteCell<T>(HtmlWriter h, Column<T> column, T row)
    {
        var numeric = column.Numeric ? "num" : null;
        using var cell = column.NamesRow
            ? h.In("th", ("scope", "row"), ("role", "rowheader"), ("data-label", column.Header), ("class", numeric))
            : h.In("td", ("role", "cell"), ("data-label", column.Header), ("class", numeric));
        using var content = h.In("div");
        column.Cell(h, row);
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Header">Its heading, repeated beside each cell where the table is stacked on a narrow screen.</param>
/// <param name="Cell">Writes a row's cell.</param>
internal sealed record Column<T>(string Header, Action<HtmlWriter, T> Cell)
{
    /// <summary>Right-aligned figures.</summary>
    public bool Numeric { get; init; }

    /// <summary>Whether the cell names its row.</summary>
    public bool NamesRow { get; init; }

    public static Column<T> Text(string header, Func<T, string> text) => new(header, (h, row) => h.Text(text(row)));

    public static Column<T> Number(string header, Func<T, string> text) => Text(header, text) with { Numeric = true };

    public static Column<T> Name(string header, Func<T, string> text) => Text(header, text) with { NamesRow = true };
}
