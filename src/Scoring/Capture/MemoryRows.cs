namespace Tda.Scoring.Capture;

/// <summary>Rows held in memory: queries, tests, small corpora.</summary>
public sealed class MemoryRows : IRowSource
{
    private readonly IReadOnlyList<string> _ids;
    private readonly IReadOnlyList<TokenRow> _rows;

    /// <summary>Takes the documents' ids and their rows, in ascending order of document.</summary>
    /// <exception cref="ArgumentException">A row names an unknown document, is out of order, or has no position.</exception>
    public MemoryRows(IReadOnlyList<string> ids, IReadOnlyList<TokenRow> rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Document < 0 || rows[i].Document >= ids.Count || (i > 0 && rows[i].Document < rows[i - 1].Document))
            {
                throw new ArgumentException(
                    $"row {i} names document {rows[i].Document}: rows must be ordered by document, 0 to {ids.Count - 1}", nameof(rows));
            }

            if (rows[i].Positions < 1)
            {
                throw new ArgumentException($"row {i} has no position to predict from", nameof(rows));
            }
        }
        _ids = ids;
        _rows = rows;
    }

    /// <summary>One row a document, every label carrying loss.</summary>
    public static MemoryRows FromTokens(IReadOnlyList<string> ids, IReadOnlyList<int[]> tokens) =>
        new(ids, [.. tokens.Select((t, i) => new TokenRow(i, t, 1, 0, RowKey.Of(ids[i], 1)))]);

    /// <inheritdoc/>
    public int DocumentCount => _ids.Count;

    /// <inheritdoc/>
    public int RowCount => _rows.Count;

    /// <inheritdoc/>
    public int DocumentOf(int row) => _rows[row].Document;

    /// <inheritdoc/>
    public int PositionsOf(int row) => _rows[row].Positions;

    /// <inheritdoc/>
    public string IdOf(int document) => _ids[document];

    /// <inheritdoc/>
    public TokenRow Load(int row) => _rows[row];
}
