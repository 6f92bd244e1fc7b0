namespace Tda.Scoring.Capture;

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
