namespace Tda.Evaluation.Pbrf;

/// <summary>Responses of query losses to documents.</summary>
/// <param name="Documents">Ordinals of the documents, as asked for.</param>
/// <param name="Changes">
/// [document][target]: (loss at the optimum − loss before)/ε in nats, on the scale and with the sign of scores; NaN for a document set apart.
/// </param>
/// <param name="Converged">Per document.</param>
/// <param name="Damping">λ of the proximal term.</param>
/// <param name="Epsilon">ε.</param>
public sealed record PbrfResult(
    IReadOnlyList<int> Documents, IReadOnlyList<IReadOnlyList<double>> Changes, IReadOnlyList<bool> Converged, double Damping, double Epsilon);
