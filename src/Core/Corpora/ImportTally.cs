namespace Tda.Core.Corpora;

/// <summary>Counts what an import leaves out, with a few examples for each reason.</summary>
internal sealed class ImportTally
{
    private const int MaximumExamples = 5;
    private readonly Dictionary<string, (int Count, List<string> Examples)> _skipped = new(StringComparer.Ordinal);

    public int Truncated { get; set; }

    public void Skip(string reason, string where)
    {
        (var count, var examples) = _skipped.GetValueOrDefault(reason, (0, []));
        if (examples.Count < MaximumExamples)
        {
            examples.Add(where);
        }

        _skipped[reason] = (count + 1, examples);
    }

    public ImportReport Report(int documents, int duplicates) => new(documents, duplicates, Truncated, [.. _skipped
        .Select(item => new SkippedDocuments(item.Key, item.Value.Count, item.Value.Examples))
        .OrderByDescending(item => item.Count)
        .ThenBy(item => item.Reason, StringComparer.Ordinal)]);
}
