namespace Tda.Evaluation.Classes;

/// <summary>What the classes of a run's queries have in common and what not.</summary>
/// <param name="Classes">The classes: labels of the queries; queries without one are the class <c>(none)</c>.</param>
/// <param name="Correlations">Spearman's correlation over documents of the classes' mean scores, [classes][classes].</param>
/// <param name="Within">Mean correlation of two queries of one class; NaN when no class has two.</param>
/// <param name="Between">Mean correlation of two queries of different classes; NaN with one class.</param>
/// <param name="Queries">Concentration of every query.</param>
/// <param name="Sources">Multipliers, classes by sources.</param>
public sealed record ClassAnalysisResult(
    IReadOnlyList<string> Classes, IReadOnlyList<double[]> Correlations, double Within, double Between,
    IReadOnlyList<QueryConcentration> Queries, IReadOnlyList<SourceMultiplier> Sources);
