namespace Tda.Curation.Selection;

/// <summary>Refuses scores from which no mask can be chosen, by name.</summary>
internal static class Inputs
{
    private const string Where = "token scores";

    public static Dictionary<string, DocumentTokenScores> ById(IReadOnlyList<DocumentTokenScores> documents, MaskOptions options)
    {
        var byId = new Dictionary<string, DocumentTokenScores>(documents.Count, StringComparer.Ordinal);
        foreach (var document in documents)
        {
            if (!byId.TryAdd(document.Id, document))
            {
                throw new BadInputException(Where, $"document {document.Id} comes twice", remedy: "score each document once, or merge its rows first");
            }
        }

        if (documents.Sum(d => d.Scores.Count) == 0)
        {
            throw new BadInputException(Where, "they hold no label token", remedy: "attribute with token scores (--tokens) first");
        }

        if (options.DocumentOrder?.FirstOrDefault(id => !byId.ContainsKey(id)) is { } unknown)
        {
            throw new BadInputException(Where, $"the document order names {unknown}, which has no token scores");
        }

        RequireSources(Where, options.Sources, documents.Select(d => d.Source));
        return byId;
    }

    /// <summary>A source that is asked for and absent is a mistake: silently selecting nothing would look like a result.</summary>
    public static void RequireSources(string where, IReadOnlyCollection<string>? wanted, IEnumerable<string> present)
    {
        if (wanted is null)
        {
            return;
        }

        var known = new SortedSet<string>(present, StringComparer.Ordinal);
        var missing = wanted.Where(s => !known.Contains(s)).ToArray();
        if (missing.Length > 0)
        {
            throw new BadInputException(
                where,
                $"no document has the source {string.Join(", ", missing)}",
                remedy: $"name one of its sources: {string.Join(", ", known)}");
        }
    }
}
