namespace Tda.Curation.Selection;

/// <summary>Checks candidates and puts them in the one order that depends on nothing but themselves.</summary>
internal static class Candidates
{
    private const string Where = "document scores";

    /// <summary>Highest score first; ties by id.</summary>
    public static CandidateDocument[] Ranked(IReadOnlyList<CandidateDocument> candidates, IReadOnlyCollection<string>? sources)
    {
        Check(candidates, sources);
        return
        [
            .. candidates
                .Where(c => sources is null || sources.Contains(c.Source))
                .OrderByDescending(c => c.Score)
                .ThenBy(c => c.Id, StringComparer.Ordinal)
        ];
    }

    private static void Check(IReadOnlyList<CandidateDocument> candidates, IReadOnlyCollection<string>? sources)
    {
        if (candidates.Count == 0)
        {
            throw new BadInputException(Where, "there are none", remedy: "Attribute first.");
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var candidate in candidates)
        {
            if (!ids.Add(candidate.Id))
            {
                throw new BadInputException(Where, $"document {candidate.Id} comes twice", remedy: "Add its rows' scores up first.");
            }

            if (!double.IsFinite(candidate.Score))
            {
                throw new BadInputException(Where, $"the score of document {candidate.Id} is {candidate.Score}");
            }
        }

        Inputs.RequireSources(Where, sources, candidates.Select(c => c.Source));
    }
}

/// <summary>A document up for dropping or weighing.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Score">Influence on the queries in nats × N; positive = proponent, so the first to go.</param>
/// <param name="Length">Its label tokens; characters will do where tokens are unknown, the same for all.</param>
public sealed record CandidateDocument(string Id, string Source, double Score, long Length);
