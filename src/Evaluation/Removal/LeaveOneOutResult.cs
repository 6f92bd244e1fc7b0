namespace Tda.Evaluation.Removal;

/// <summary>How scores agree with leave-one-out retraining, mean over queries.</summary>
/// <param name="Pearson">Pearson's correlation over the documents left out, with its interval over documents and queries.</param>
/// <param name="Spearman">Spearman's, likewise.</param>
/// <param name="Documents">Documents left out, each alone.</param>
/// <param name="Queries">Queries that could be graded.</param>
public sealed record LeaveOneOutResult(Interval Pearson, Interval Spearman, int Documents, int Queries);
