namespace Tda.Evaluation.Responses;

/// <summary>How scores agree with proximal Bregman responses, mean over queries.</summary>
/// <param name="Pearson">Pearson's correlation over documents, with its interval over documents and queries.</param>
/// <param name="Spearman">Spearman's, likewise.</param>
/// <param name="Documents">Documents whose response is known.</param>
/// <param name="Queries">Queries.</param>
/// <param name="NotConverged">Documents whose optimum was not reached; they are counted among the documents.</param>
/// <param name="Damping">λ of the responses.</param>
public sealed record PbrfGrade(Interval Pearson, Interval Spearman, int Documents, int Queries, int NotConverged, double Damping);
