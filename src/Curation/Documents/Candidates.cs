using Tda.Curation.Selection;

namespace Tda.Curation.Documents;

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
