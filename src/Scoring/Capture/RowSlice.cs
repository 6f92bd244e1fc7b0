namespace Tda.Scoring.Capture;

/// <summary>The rows of some consecutive documents. Documents keep their ordinals and the document count that of the whole.</summary>
public sealed class RowSlice : IRowSource
{
    private readonly IRowSource whole;
    private readonly int first;

    /// <summary>Documents <paramref name="from"/> to <paramref name="to"/>, exclusive.</summary>
    public RowSlice(IRowSource whole, int from, int to)
    {
        this.whole = whole;
        first = LowerBound(from);
        RowCount = LowerBound(to) - first;
    }

    /// <inheritdoc/>
    public int DocumentCount => whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount { get; }

    /// <inheritdoc/>
    public int DocumentOf(int row) => whole.DocumentOf(first + row);

    /// <inheritdoc/>
    public int PositionsOf(int row) => whole.PositionsOf(first + row);

    /// <inheritdoc/>
    public string IdOf(int document) => whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => whole.Load(first + row);

    // First row whose document is at least the given one; rows are in the order of their documents.
    private int LowerBound(int document)
    {
        var (low, high) = (0, whole.RowCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (whole.DocumentOf(middle) < document)
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
