namespace Tda.Scoring.Gradients;

/// <summary>The rows of chosen documents. Documents keep their ordinals and the document count that of the whole.</summary>
public sealed class RowFilter : IRowSource
{
    private readonly IRowSource _whole;
    private readonly int[] _rows;

    /// <summary>Keeps the documents for which <paramref name="keep"/> is true.</summary>
    public RowFilter(IRowSource whole, Func<int, bool> keep)
    {
        _whole = whole;
        _rows = [.. Enumerable.Range(0, whole.RowCount).Where(r => keep(whole.DocumentOf(r)))];
    }

    /// <inheritdoc/>
    public int DocumentCount => _whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount => _rows.Length;

    /// <inheritdoc/>
    public int DocumentOf(int row) => _whole.DocumentOf(_rows[row]);

    /// <inheritdoc/>
    public int PositionsOf(int row) => _whole.PositionsOf(_rows[row]);

    /// <inheritdoc/>
    public string IdOf(int document) => _whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => _whole.Load(_rows[row]);
}

/// <summary>The rows of some consecutive documents. Documents keep their ordinals and the document count that of the whole.</summary>
public sealed class RowSlice : IRowSource
{
    private readonly IRowSource _whole;
    private readonly int _first;

    /// <summary>Documents <paramref name="from"/> to <paramref name="to"/>, exclusive.</summary>
    public RowSlice(IRowSource whole, int from, int to)
    {
        _whole = whole;
        _first = LowerBound(from);
        RowCount = LowerBound(to) - _first;
    }

    /// <inheritdoc/>
    public int DocumentCount => _whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount { get; }

    /// <inheritdoc/>
    public int DocumentOf(int row) => _whole.DocumentOf(_first + row);

    /// <inheritdoc/>
    public int PositionsOf(int row) => _whole.PositionsOf(_first + row);

    /// <inheritdoc/>
    public string IdOf(int document) => _whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => _whole.Load(_first + row);

    // First row whose document is at least the given one; rows are in the order of their documents.
    private int LowerBound(int document)
    {
        var (low, high) = (0, _whole.RowCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_whole.DocumentOf(middle) < document)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }
}

/// <summary>Chosen rows of a source, in its order.</summary>
internal sealed class RowSubset(IRowSource whole, IReadOnlyList<int> rows) : IRowSource
{
    public int DocumentCount => whole.DocumentCount;

    public int RowCount => rows.Count;

    public int DocumentOf(int row) => whole.DocumentOf(rows[row]);

    public int PositionsOf(int row) => whole.PositionsOf(rows[row]);

    public string IdOf(int document) => whole.IdOf(document);

    public TokenRow Load(int row) => whole.Load(rows[row]);
}
