namespace Tda.Core.Corpora;

/// <summary>What an import did. Also written into the corpus's manifest, as <c>details.import</c>.</summary>
/// <param name="Documents">Documents imported.</param>
/// <param name="Duplicates">Those of the skipped documents whose id was there already.</param>
/// <param name="Truncated">Documents cut at the largest number of characters.</param>
/// <param name="Skipped">What was not imported, most frequent reason first.</param>
public sealed record ImportReport(int Documents, int Duplicates, int Truncated, IReadOnlyList<SkippedDocuments> Skipped)
{
    /// <summary>All that was not imported, duplicates included.</summary>
    public int TotalSkipped => Skipped.Sum(item => item.Count);
}
