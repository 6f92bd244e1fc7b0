using Tda.Scoring.Gradients;
using Tda.Scoring.Queries;

namespace Tda.Evaluation.Proxies;

/// <summary>The study's examples and queries as rows: [place in the features, class].</summary>
internal sealed class StudyRows
{
    public StudyRows(ProxyTask task, IReadOnlyList<int> answers)
    {
        var n = task.Training.Count;
        Documents = MemoryRows.FromTokens(
            [.. Enumerable.Range(0, n).Select(i => $"example-{i}")], [.. task.Labels.Select((label, i) => new[] { i, label })]);
        Queries = MemoryRows.FromTokens(
            [.. Enumerable.Range(0, answers.Count).Select(i => $"query-{i}")], [.. answers.Select((label, i) => new[] { n + i, label })]);
        Targets = [.. Enumerable.Range(0, answers.Count).Select(i => new Target($"query-{i}", [i]))];
    }

    public MemoryRows Documents { get; }

    public MemoryRows Queries { get; }

    public IReadOnlyList<Target> Targets { get; }
}
