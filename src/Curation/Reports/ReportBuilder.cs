using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>
/// Makes a report's model from what a run has left on disk. Any part may be missing: a run that only ranks has no
/// before and after, a finished demo has everything.
/// </summary>
public static class ReportBuilder
{
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="BadInputException">No run, a damaged file, or the harmful source is not in the run.</exception>
    public static ReportModel Build(ReportOptions options, TimeProvider time)
    {
        options.Validate();
        using var run = new RunFolder(options.RunDirectory);
        var ranked = run.Scores is null ? [] : Rank(run.Scores);
        Inputs.RequireSources(options.RunDirectory, options.HarmfulSource is { } harmful ? [harmful] : null, ranked.Select(d => d.Source));
        var now = time.GetUtcNow();
        return new ReportModel
        {
            RunId = run.Id,
            Title = options.Title ?? run.Scorecard?.Title ?? $"Influence report of run {run.Id}",
            Summary = run.Scorecard?.Summary,
            CreatedAt = now,
            ProgramVersion = new Manifest { Format = ReportWriter.FormatName, Version = ReportWriter.FormatVersion, CreatedAt = now }.ProgramVersion,
            Scorecard = run.Scorecard,
            Curve = run.Curve,
            N = run.Scores?.Header.N,
            HarmfulSource = options.HarmfulSource,
            Queries = run.Scores is null ? 0 : ProvenanceReader.Explained(run.Scores),
            DocumentsScored = ranked.Count,
            Sources = Sources(ranked, options.TopDocuments),
            Documents = Documents(run, [.. ranked.Take(options.TopDocuments)], options),
            Mask = MaskOf(run),
            Answers = [.. run.Answers.Take(options.Answers)],
            Provenance = ProvenanceReader.Of(run.Manifest, run.Scores?.Header, run.Scorecard),
        };
    }

    private static List<DocumentScore> Rank(ScoreRun run)
    {
        var candidates = RunScores.Candidates(run);
        var positive = candidates.Sum(c => Math.Max(0, c.Score));
        return
        [
            .. candidates
                .OrderByDescending(c => c.Score)
                .ThenBy(c => c.Id, StringComparer.Ordinal)
                .Select((c, i) => new DocumentScore(c.Id, c.Source, c.Score, positive > 0 ? Math.Max(0, c.Score) / positive : 0, i + 1))
        ];
    }

    private static IReadOnlyList<ReportSource> Sources(IReadOnlyList<DocumentScore> ranked, int top) =>
    [
        .. ranked
            .GroupBy(d => d.Source, StringComparer.Ordinal)
            .Select(g => new ReportSource(g.Key, g.LongCount(), g.Sum(d => d.Score), g.Sum(d => d.Share), g.Count(d => d.Rank <= top)))
            .OrderByDescending(s => s.Share)
            .ThenBy(s => s.Name, StringComparer.Ordinal)
    ];

    private static List<ReportDocument> Documents(RunFolder run, IReadOnlyList<DocumentScore> top, ReportOptions options)
    {
        var ids = top.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var masks = (run.Masks ?? []).Where(m => ids.Contains(m.Id)).ToDictionary(m => m.Id, m => m.Tokens.ToHashSet(), StringComparer.Ordinal);
        var texts = Texts(options.CorpusDirectory, ids);
        var tokens = run.Scores is null
            ? []
            : RunScores.Tokens(run.Scores, ids).ToDictionary(t => t.Id, StringComparer.Ordinal);
        return [.. top.Select(Document)];

        ReportDocument Document(DocumentScore score)
        {
            var masked = masks.GetValueOrDefault(score.Id) ?? [];
            var document = texts.GetValueOrDefault(score.Id);
            var scores = tokens.GetValueOrDefault(score.Id);
            return new ReportDocument(score.Rank, score.Id, score.Source, score.Score, score.Share)
            {
                License = document?.License,
                Owner = document?.Owner,
                MaskedTokens = masked.Count,
                Excerpt = document is null ? null : HeatCutter.Excerpt(document.Text, scores),
                Heat = document is null || scores is null || score.Rank > options.HeatMaps
                    ? null
                    : HeatCutter.Cut(document.Text, scores, masked, options.HeatCharacters),
            };
        }
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

    private static ReportMask? MaskOf(RunFolder run)
    {
        if (run.Masks is not { } masks)
        {
            return null;
        }

        return new ReportMask
        {
            MaskedTokens = masks.Sum(m => (long)m.Tokens.Length),
            MaskedDocuments = masks.Count,
            TotalTokens = run.MaskSummary?.TotalTokens,
            Tau = run.MaskSummary?.Tau,
            Budget = run.MaskSummary?.Budget,
            BySource = [.. (run.MaskSummary?.BySource ?? []).OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)],
        };
    }
}

/// <summary>What <see cref="ReportBuilder"/> reads, and how much of it the page shows.</summary>
public sealed record ReportOptions
{
    /// <summary>The run's directory.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The corpus that the run scored, for texts; null = no excerpts and no heat maps.</summary>
    public string? CorpusDirectory { get; init; }

    /// <summary>Title; null = the scorecard's, or one made from the run's id.</summary>
    public string? Title { get; init; }

    /// <summary>Documents in the ranked table; 1 or more, default 20.</summary>
    public int TopDocuments { get; init; } = 20;

    /// <summary>Of these, documents with a heat map; 0 or more, default 10.</summary>
    public int HeatMaps { get; init; } = 10;

    /// <summary>Characters of a document in its heat map, around its strongest token; 100 or more, default 3000.</summary>
    public int HeatCharacters { get; init; } = 3000;

    /// <summary>Example answers; 0 or more, default 6.</summary>
    public int Answers { get; init; } = 6;

    /// <summary>The source known to be harmful, to be marked; null = none is known.</summary>
    public string? HarmfulSource { get; init; }

    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (TopDocuments < 1)
        {
            errors.Add($"top documents is {TopDocuments}; it must be 1 or more");
        }

        if (HeatMaps < 0)
        {
            errors.Add($"heat maps is {HeatMaps}; it must be 0 or more");
        }

        if (HeatCharacters < 100)
        {
            errors.Add($"heat characters is {HeatCharacters}; it must be 100 or more");
        }

        if (Answers < 0)
        {
            errors.Add($"answers is {Answers}; it must be 0 or more");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The report's options are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
