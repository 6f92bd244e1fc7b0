namespace Tda.Scoring.Capture;

/// <summary>The rows of chosen documents. Documents keep their ordinals and the document count that of the whole.</summary>
public sealed class RowFilter : IRowSource
{
    private readonly IRowSource whole;
    private readonly int[] rows;

    /// <summary>Keeps the documents for which <paramref name="keep"/> is true.</summary>
    public RowFilter(IRowSource whole, Func<int, bool> keep)
    {
        this.whole = whole;
        rows = [.. Enumerable.Range(0, whole.RowCount).Where(r => keep(whole.DocumentOf(r)))];
    }

    /// <inheritdoc/>
    public int DocumentCount => whole.DocumentCount;

    /// <inheritdoc/>
    public int RowCount => rows.Length;

    /// <inheritdoc/>
    public int DocumentOf(int row) => whole.DocumentOf(rows[row]);

    /// <inheritdoc/>
    public int PositionsOf(int row) => whole.PositionsOf(rows[row]);

    /// <inheritdoc/>
    public string IdOf(int document) => whole.IdOf(document);

    /// <inheritdoc/>
    public TokenRow Load(int row) => whole.Load(rows[row]);
}
