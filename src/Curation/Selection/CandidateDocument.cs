namespace Tda.Curation.Selection;

/// <summary>A document up for dropping or weighing.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">Influence on the queries in nats × N; positive = proponent, so the first to go.</param>
public sealed record CandidateDocument(string Id, string Source, double Score)
{
    /// <summary>Highest score first; ties by id: the one order that depends on nothing but the candidates.</summary>
    /// <exception cref="BadInputException">There are none, or a score isn't finite.</exception>
    internal static IReadOnlyList<CandidateDocument> Ranked(IReadOnlyList<CandidateDocument> candidates)
    {
        if (candidates.Count == 0)
        {
            throw new BadInputException("document scores", "there are none", remedy: "Attribute first.");
        }

        return candidates.FirstOrDefault(c => !double.IsFinite(c.Score)) is { } wrong
            ? throw new BadInputException("document scores", $"the score of document {wrong.Id} is {wrong.Score}")
            : [.. candidates.OrderByDescending(c => c.Score).ThenBy(c => c.Id, StringComparer.Ordinal)];
    }
}
