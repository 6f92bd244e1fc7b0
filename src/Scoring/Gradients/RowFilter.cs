namespace Tda.Scoring.Gradients;

/// <summary>Some rows of a source, in its order. Documents keep their ordinals and the document count that of the whole.</summary>
public sealed class RowFilter : IRowSource
{
    private readonly IRowSource _whole;
    private readonly IReadOnlyList<int> _rows;

    /// <summary>Keeps the rows of these indices.</summary>
    public RowFilter(IRowSource whole, IReadOnlyList<int> rows) => (_whole, _rows) = (whole, rows);

    /// <summary>Keeps the documents for which <paramref name="keep"/> is true.</summary>
    public RowFilter(IRowSource whole, Func<int, bool> keep)
        : this(whole, [.. Enumerable.Range(0, whole.RowCount).Where(r => keep(whole.DocumentOf(r)))])
    {
    }

    /// <inheritdoc/>
    public int DocumentCount => _whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount => _rows.Count;

    /// <summary>The rows of documents <paramref name="from"/> to <paramref name="to"/>, exclusive.</summary>
    public static RowFilter Documents(IRowSource whole, int from, int to)
    {
        var first = LowerBound(whole, from);
        return new(whole, [.. Enumerable.Range(first, LowerBound(whole, to) - first)]);
    }

    /// <inheritdoc/>
    public int DocumentOf(int row) => _whole.DocumentOf(_rows[row]);

    /// <inheritdoc/>
    public int PositionsOf(int row) => _whole.PositionsOf(_rows[row]);

    /// <inheritdoc/>
    public string IdOf(int document) => _whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => _whole.Load(_rows[row]);

    // First row whose document is at least the given one; rows are in the order of their documents.
    private static int LowerBound(IRowSource rows, int document)
    {
        var (low, high) = (0, rows.RowCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            (low, high) = rows.DocumentOf(middle) < document ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
