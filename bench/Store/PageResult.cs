namespace Tda.Bench.Store;

/// <summary>One kind of page.</summary>
/// <param name="Page">What it asks for.</param>
/// <param name="Rows">Rows it gives.</param>
/// <param name="MedianMs">Median of the repetitions, the first included.</param>
/// <param name="SlowestMs">The slowest of them.</param>
/// <param name="Plan">How the database answers it.</param>
internal sealed record PageResult(string Page, int Rows, double MedianMs, double SlowestMs, IReadOnlyList<string> Plan);
