namespace Tda.Curation.Plans;

/// <summary>The way of one document through all stages of a curation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Document">The document; null where the corpus that it was dropped from is gone.</param>
/// <param name="Dropped">Number of the stage that dropped it; 0 for a reviewer; null where it stays.</param>
/// <param name="Steps">What each stage made of it.</param>
public sealed record DocumentWay(string Id, ShownDocument? Document, int? Dropped, IReadOnlyList<WayStep> Steps)
{
    private const int ExcerptCharacters = 400;
    private const int MostNamed = 5;

    /// <summary>Finds a document and follows it.</summary>
    /// <param name="prefix">Its id, or the beginning of it that no other has.</param>
    /// <param name="source">The corpus that was curated; the curated one where that is gone.</param>
    /// <param name="summary">The curation's stages.</param>
    /// <param name="ledger">Reads the ledger from its beginning.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <exception cref="BadInputException">No document's id begins so, or several do.</exception>
    public static DocumentWay Of(string prefix, Corpus source, CurationSummary summary, Func<IEnumerable<LedgerEntry>> ledger, StageContext context)
    {
        // 1. Which document.
        var id = Find(prefix, source, ledger, context);

        // 2. What was decided on it, and what became of its twins.
        Dictionary<int, LedgerEntry> own = [];
        foreach (var entry in ledger().Where(entry => entry.Id == id))
        {
            own[entry.Stage ?? 0] = entry;
        }

        HashSet<string> twins = [.. own.Values.Select(entry => entry.Twin).OfType<string>()];
        var gone = twins.Count == 0 ? [] : ledger().Where(entry => entry.Action == "drop" && twins.Contains(entry.Id))
            .GroupBy(entry => entry.Id, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Stage);
        var shown = ShownDocument.Of(source, [id, .. twins], ExcerptCharacters, context);

        // 3. Stage by stage.
        var dropped = own.Values.Where(entry => entry.Action == "drop").Select(entry => entry.Stage).FirstOrDefault();
        List<WayStep> steps = [];
        foreach (var stage in summary.Stages)
        {
            var entry = own.GetValueOrDefault(stage.Stage);
            var twin = entry?.Twin is { } other ? new WayTwin(other, shown.GetValueOrDefault(other), gone.GetValueOrDefault(other)) : null;
            if (entry is not null || stage.Stage > 0)
            {
                steps.Add(new WayStep(stage.Stage, stage.Kind, stage.Rule, entry?.Action ?? (dropped < stage.Stage ? "unreached" : "pass"), entry, twin));
            }
        }

        return new DocumentWay(id, shown.GetValueOrDefault(id), dropped, steps);
    }

    private static string Find(string prefix, Corpus source, Func<IEnumerable<LedgerEntry>> ledger, StageContext context)
    {
        var ids = new StageDocuments(source.Documents, source.Count).Pass(context, "looking").Select(document => document.Id).Concat(ledger().Select(entry => entry.Id));
        HashSet<string> found = [];
        foreach (var id in ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)))
        {
            // An id that is also the beginning of others names its own document.
            if (id == prefix)
            {
                return id;
            }

            found.Add(id);
        }

        return found.Count switch
        {
            1 => found.First(),
            0 => throw new BadInputException(source.Directory, $"no document's id begins with '{prefix}'", remedy: "tda corpus show lists documents with their ids."),
            _ => throw new BadInputException(
                source.Directory, $"{found.Count} documents' ids begin with '{prefix}': {string.Join(", ", found.Order(StringComparer.Ordinal).Take(MostNamed))}",
                remedy: "Write more of one."),
        };
    }
}

/// <summary>What one stage made of a document.</summary>
/// <param name="Stage">The stage's number; 0 for a reviewer.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Rule">What it does.</param>
/// <param name="Outcome">pass, keep, drop, mask, weight; unreached after a drop.</param>
/// <param name="Decision">The ledger's line; null where the stage left the document alone.</param>
/// <param name="Twin">The document in its place; null where there is none.</param>
public sealed record WayStep(int Stage, string Kind, string Rule, string Outcome, LedgerEntry? Decision, WayTwin? Twin);

/// <summary>The document in whose favour another was dropped.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Document">The document; null where it isn't in the corpus any more.</param>
/// <param name="Dropped">Number of the stage that dropped the twin itself later; null where it stays.</param>
public sealed record WayTwin(string Id, ShownDocument? Document, int? Dropped);
