namespace Tda.Evaluation.Classes;

/// <summary>A document's influence on a query, and that of the same document with its key phrases flipped.</summary>
/// <param name="Query">The query.</param>
/// <param name="Original">Score of the document as it is.</param>
/// <param name="Flipped">Score with the phrases in each other's place.</param>
public sealed record WordOrderResult(string Query, double Original, double Flipped)
{
    /// <summary>What is left of the influence; about 1 means that word order doesn't matter, about 0 that it carries it.</summary>
    public double Left => Flipped / Original;
}
