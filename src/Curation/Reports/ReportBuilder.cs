using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>
/// Makes a report's model from what a run has left on disk. Any part may be missing: a run that only ranks has no
/// before and after, a finished demo has everything.
/// </summary>
public static class ReportBuilder
{
    private const int TopDocuments = 20;
    private const int HeatMaps = 10;
    private const int HeatCharacters = 3000;
    private const int ExampleAnswers = 6;

    /// <exception cref="BadInputException">No run, a damaged file, or the harmful source is not in the run.</exception>
    public static ReportModel Build(ReportOptions options, TimeProvider time)
    {
        using var run = new RunFolder(options.RunDirectory);
        var ranked = run.Scores is null ? [] : Rank(run.Scores);
        if (options.HarmfulSource is { } harmful && ranked.All(d => d.Source != harmful))
        {
            var known = ranked.Select(d => d.Source).Distinct().Order(StringComparer.Ordinal);
            throw new BadInputException(
                options.RunDirectory, $"no document has the source {harmful}", remedy: $"name one of its sources: {string.Join(", ", known)}");
        }

        var now = time.GetUtcNow();
        return new ReportModel
        {
            RunId = run.Id,
            Title = run.Scorecard?.Title ?? $"Influence report of run {run.Id}",
            Summary = run.Scorecard?.Summary,
            CreatedAt = now,
            ProgramVersion = new Manifest { Format = ReportWriter.FormatName, Version = ReportWriter.FormatVersion, CreatedAt = now }.ProgramVersion,
            Scorecard = run.Scorecard,
            Curve = run.Curve,
            Change = run.Change,
            N = run.Scores?.Header.N,
            HarmfulSource = options.HarmfulSource,
            Queries = run.Scores is null ? 0 : ProvenanceReader.Explained(run.Scores),
            DocumentsScored = ranked.Length,
            Sources = Sources(ranked),
            Documents = Documents(run, ranked[..Math.Min(TopDocuments, ranked.Length)], options.CorpusDirectory),
            Mask = MaskOf(run),
            Answers = [.. run.Answers.Take(ExampleAnswers)],
            Provenance = ProvenanceReader.Of(run.Manifest, run.Scores?.Header, run.Scorecard),
        };
    }

    private static ReportDocument[] Rank(ScoreRun run)
    {
        var candidates = RunScores.Candidates(run);
        var positive = candidates.Sum(c => Math.Max(0, c.Score));
        return
        [
            .. candidates
                .OrderByDescending(c => c.Score)
                .ThenBy(c => c.Id, StringComparer.Ordinal)
                .Select((c, i) => new ReportDocument(i + 1, c.Id, c.Source, c.Score, positive > 0 ? Math.Max(0, c.Score) / positive : 0))
        ];
    }

    private static IReadOnlyList<ReportSource> Sources(ReportDocument[] ranked) =>
    [
        .. ranked
            .GroupBy(d => d.Source, StringComparer.Ordinal)
            .Select(g => new ReportSource(
                g.Key, g.LongCount(), g.Sum(d => d.Score), g.Sum(d => d.Share), g.Count(d => d.Rank <= TopDocuments)))
            .OrderByDescending(s => s.Share)
            .ThenBy(s => s.Name, StringComparer.Ordinal)
    ];

    private static IReadOnlyList<ReportDocument> Documents(RunFolder run, ReportDocument[] top, string? corpusDirectory)
    {
        var ids = top.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var masks = (run.Masks ?? []).Where(m => ids.Contains(m.Id)).ToDictionary(m => m.Id, m => m.Tokens.ToHashSet(), StringComparer.Ordinal);
        var texts = Texts(corpusDirectory, ids);
        var tokens = run.Scores is null
            ? []
            : RunScores.Tokens(run.Scores, ids).ToDictionary(t => t.Id, StringComparer.Ordinal);
        return [.. top.Select(ranked =>
        {
            var masked = masks.GetValueOrDefault(ranked.Id) ?? [];
            var document = texts.GetValueOrDefault(ranked.Id);
            var scores = tokens.GetValueOrDefault(ranked.Id);
            return ranked with
            {
                License = document?.License,
                Owner = document?.Owner,
                MaskedTokens = masked.Count,
                Excerpt = document is null ? null : HeatCutter.Excerpt(document.Text, scores),
                Heat = document is null || scores is null || ranked.Rank > HeatMaps
                    ? null
                    : HeatCutter.Cut(document.Text, scores, masked, HeatCharacters),
            };
        })];
    }

    private static Dictionary<string, Document> Texts(string? corpusDirectory, HashSet<string> ids)
    {
        if (corpusDirectory is null || ids.Count == 0)
        {
            return [];
        }

        var corpus = Corpus.Open(corpusDirectory);
        var texts = corpus.Documents().Where(d => ids.Contains(d.Id)).ToDictionary(d => d.Id, StringComparer.Ordinal);
        if (ids.FirstOrDefault(id => !texts.ContainsKey(id)) is { } missing)
        {
            throw new BadInputException(corpusDirectory, $"the run ranks document {missing}, which this corpus does not have", remedy: "Name the corpus that the run was made with.");
        }

        return texts;
    }

    private static ReportMask? MaskOf(RunFolder run) => run.Masks is not { } masks ? null : new ReportMask
    {
        MaskedTokens = masks.Sum(m => (long)m.Tokens.Length),
        MaskedDocuments = masks.Count,
        TotalTokens = run.MaskSummary?.TotalTokens,
        Tau = run.MaskSummary?.Tau,
        Budget = run.MaskSummary?.Budget,
        BySource = [.. (run.MaskSummary?.BySource ?? []).OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)],
    };
}

/// <summary>What <see cref="ReportBuilder"/> reads.</summary>
public sealed record ReportOptions
{
    /// <summary>The run's directory.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The corpus that the run scored, for texts; null = no excerpts and no heat maps.</summary>
    public string? CorpusDirectory { get; init; }

    /// <summary>The source known to be harmful, to be marked; null = none is known.</summary>
    public string? HarmfulSource { get; init; }
}
