namespace Tda.Curation.Reports;

/// <summary>A source's part in the influence on the queries.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="Documents">Its documents with a score.</param>
/// <param name="Score">Sum of their scores, in nats × N.</param>
/// <param name="Share">Share of all positive influence, 0 to 1.</param>
/// <param name="TopDocuments">Its documents among the top documents that the report lists.</param>
public sealed record ReportSource(string Name, long Documents, double Score, double Share, int TopDocuments);
