using Tda.Scoring.Capture;

namespace Tda.Scoring.Curvature.Products;

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
