namespace Tda.Scoring.Planning;

/// <summary>Rates measured on this machine, just now, with the corpus's own rows.</summary>
/// <param name="LoggingTokensPerSecond">Label tokens a second of gradients that are projected.</param>
/// <param name="FactorTokensPerSecond">Label tokens a second of an EK-FAC fit's two passes together.</param>
/// <param name="BasisSeconds">An EK-FAC fit's eigendecompositions.</param>
/// <param name="TrainingTokensPerSecond">Label tokens a second forwards and backwards.</param>
/// <param name="ScanBytesPerSecond">Bytes of numbers a second that one query is multiplied with.</param>
/// <param name="ProductsPerSecond">Multiplications and additions a second of matrix products with many queries.</param>
public sealed record Throughput(
    double LoggingTokensPerSecond, double FactorTokensPerSecond, double BasisSeconds, double TrainingTokensPerSecond,
    double ScanBytesPerSecond, double ProductsPerSecond);
