namespace Tda.Scoring.Gradients;

/// <summary>Some rows of a source, in its order. Documents keep their ordinals and the document count that of the whole.</summary>
/// <param name="whole">The source.</param>
/// <param name="rows">Indices of the rows that are kept.</param>
public sealed class RowFilter(IRowSource whole, IReadOnlyList<int> rows) : IRowSource
{
    /// <summary>Keeps the documents for which <paramref name="keep"/> is true.</summary>
    public RowFilter(IRowSource whole, Func<int, bool> keep)
        : this(whole, [.. Enumerable.Range(0, whole.RowCount).Where(r => keep(whole.DocumentOf(r)))])
    {
    }

    /// <inheritdoc/>
    public int DocumentCount => whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount => rows.Count;

    /// <summary>The rows of documents <paramref name="from"/> to <paramref name="to"/>, exclusive.</summary>
    public static RowFilter Documents(IRowSource whole, int from, int to)
    {
        var first = LowerBound(whole, from);
        return new(whole, [.. Enumerable.Range(first, LowerBound(whole, to) - first)]);
    }

    /// <inheritdoc/>
    public int DocumentOf(int row) => whole.DocumentOf(rows[row]);

    /// <inheritdoc/>
    public int PositionsOf(int row) => whole.PositionsOf(rows[row]);

    /// <inheritdoc/>
    public string IdOf(int document) => whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => whole.Load(rows[row]);

    // First row whose document is at least the given one; rows are in the order of their documents.
    private static int LowerBound(IRowSource whole, int document)
    {
        var (low, high) = (0, whole.RowCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            (low, high) = whole.DocumentOf(middle) < document ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
