namespace Tda.Scoring.Capture;

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
