using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Index;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>What was set apart in a run, each named once.</summary>
internal sealed class ExcludedLedger
{
    private readonly Dictionary<(string Kind, string Id), ExcludedDocument> _entries = [];

    /// <summary>All of it.</summary>
    public IReadOnlyCollection<ExcludedDocument> Entries => _entries.Values;

    /// <summary>Documents set apart.</summary>
    public int Documents => _entries.Keys.Count(k => k.Kind == "document");

    public void Add(ExcludedDocument entry) => _entries.TryAdd((entry.Stage == "query" ? "query" : "document", entry.Id), entry);

    /// <summary>A target that has lost all its queries explains nothing: that is a failure, not a row of zeros.</summary>
    /// <exception cref="TdaException">Names the target.</exception>
    public void RequireTargets(QuerySet queries)
    {
        foreach (var target in queries.Targets)
        {
            if (target.Members.All(q => _entries.ContainsKey(("query", queries.Queries[q].Id))))
            {
                throw new TdaException(
                    $"No query of '{target.Id}' has a finite gradient: there is nothing to explain. The surrogate may have diverged; check its training.json.");
            }
        }
    }
}
