namespace Tda.Evaluation.Classes;

/// <summary>How much more a source influences a class of queries than its size explains.</summary>
/// <param name="Class">Class of the queries.</param>
/// <param name="Source">Source of the documents.</param>
/// <param name="InfluenceShare">Its share of the positive influence, mean over the class's queries.</param>
/// <param name="DocumentShare">Its share of the documents.</param>
public sealed record SourceMultiplier(string Class, string Source, double InfluenceShare, double DocumentShare)
{
    /// <summary>Influence over size: 1 is what chance gives.</summary>
    public double Multiplier => InfluenceShare / DocumentShare;
}
