using Tda.Scoring.Capture;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Which documents covariances are taken over. A and S only choose the basis; what the matrix is in that basis, Λ, is taken over all, so
/// that a sample can turn the basis a little but biases no eigenvalue (George et al. 2018: Λ is optimal in whatever basis it is given).
/// </summary>
internal static class CovarianceSample
{
    // Of the numbers that a document's key gives; others are used elsewhere.
    private const int Stream = 2;

    /// <summary>
    /// The documents with the smallest seeded hashes until they have <c>tokensPerColumn</c> positions for each column of the widest
    /// covariance: the same ones in any order of the corpus. All, where there are no more or the option is 0.
    /// </summary>
    public static IRowSource Of(IRowSource rows, IReadOnlyList<ModuleShape> modules, int tokensPerColumn, long seed)
    {
        var wanted = (long)tokensPerColumn * modules.Max(m => Math.Max(m.Columns, m.Outputs));
        var positions = new long[rows.DocumentCount];
        for (var r = 0; r < rows.RowCount; r++)
        {
            positions[rows.DocumentOf(r)] += rows.PositionsOf(r);
        }

        if (tokensPerColumn == 0 || positions.Sum() <= wanted)
        {
            return rows;
        }

        var chosen = new HashSet<int>();
        foreach (var d in Enumerable.Range(0, positions.Length).Where(d => positions[d] > 0)
            .OrderBy(d => RowKey.Uniform(seed, RowKey.Of(rows.IdOf(d), 0), Stream)).ThenBy(d => d))
        {
            if (wanted <= 0)
            {
                break;
            }

            chosen.Add(d);
            wanted -= positions[d];
        }
        return new RowFilter(rows, chosen.Contains);
    }
}
