namespace Tda.Scoring.Capture;

/// <summary>Examples of a classifier as rows.</summary>
public static class ClassifierRows
{
    /// <summary>One row of one position an example: example i is row <paramref name="first"/> + i of the features.</summary>
    /// <param name="ids">Ids of the examples.</param>
    /// <param name="labels">Their classes, from 0.</param>
    /// <param name="first">Place of the first in the table of features.</param>
    /// <exception cref="ArgumentException">As many ids as labels are needed.</exception>
    public static MemoryRows Of(IReadOnlyList<string> ids, IReadOnlyList<int> labels, int first)
    {
        if (ids.Count != labels.Count)
        {
            throw new ArgumentException($"{labels.Count} labels for {ids.Count} examples", nameof(labels));
        }

        return new MemoryRows(ids, [.. labels.Select((label, i) => new TokenRow(i, [first + i, label], 1, 0, RowKey.Of(ids[i], 1)))]);
    }
}
