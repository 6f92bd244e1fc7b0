using Tda.Core.Text;

namespace Tda.Curation.Rendering;

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
