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
    private const int FewestForInterval = 5;

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

        var documents = run.Scores is { Queries.Count: > 0 } ? new RunDocuments(run.Scores) : null;
        var cards = documents is null ? null : new CardBuilder(run.Scores!, run, documents);
        var classes = documents is null ? [] : AnswerClass.Of(run.Scores!, documents);
        var top = ranked[..Math.Min(TopDocuments, ranked.Length)];
        ReportDocument[] shown = [.. top, .. cards?.Cards.SelectMany(card => card.Documents) ?? [], .. classes.Select(c => c.Leading)];
        var texts = Texts(options.CorpusDirectory, shown.Select(d => d.Id).ToHashSet(StringComparer.Ordinal));
        var names = Names(run.Scores, texts);
        var now = time.GetUtcNow();
        var model = new ReportModel
        {
            RunId = run.Id,
            Title = run.Scorecard?.Title ?? "Which documents made it say this?",
            Summary = run.Scorecard?.Summary,
            CreatedAt = now,
            ProgramVersion = new Manifest { Format = ReportWriter.FormatName, Version = ReportWriter.FormatVersion, CreatedAt = now }.ProgramVersion,
            Cards = cards?.Described(texts) ?? (run.Scores is null ? [] : CardBuilder.Abstained(run.Scores, run)),
            CardsLeftOut = cards?.LeftOut ?? 0,
            Trust = run.Scores is null ? null : ReportTrust.Of(run.Scores),
            Classes = [.. classes.Select(c => c with { Leading = c.Leading with { Name = names.GetValueOrDefault(c.Leading.Id) } })],
            Scorecard = run.Scorecard,
            Curve = run.Curve,
            Plans = run.Plans,
            Change = run.Change,
            N = run.Scores?.Header.N,
            HarmfulSource = options.HarmfulSource,
            Queries = run.Scores is null ? 0 : ProvenanceReader.Explained(run.Scores),
            DocumentsScored = ranked.Length,
            Sources = documents is null ? [] : Sources(ranked, documents),
            Documents = Described(run, [.. top.Select(d => d with { Name = names.GetValueOrDefault(d.Id) })], texts),
            Mask = MaskOf(run),
            Answers = [.. run.Answers.Take(ExampleAnswers)],
            Provenance = ProvenanceReader.Of(run.Manifest, run.Scores?.Header, run.Scorecard, run.Id),
        };
        return model with { Open = OpenQuestion.Of(model, run, texts: options.CorpusDirectory is not null) };
    }

    private static ReportDocument[] Rank(ScoreRun run)
    {
        if (run.Queries.Count == 0)
        {
            return []; // abstained from all: the page says so
        }

        var candidates = RunScores.Candidates(run);
        var positive = candidates.Sum(c => Math.Max(0, c.Score));
        var background = ScoreBackground.Of([.. candidates.Select(c => (float)c.Score)]);
        return
        [
            .. candidates
                .OrderByDescending(c => c.Score)
                .ThenBy(c => c.Id, StringComparer.Ordinal)
                .Select((c, i) => new ReportDocument(i + 1, c.Id, c.Source, c.Score, positive > 0 ? Math.Max(0, c.Score) / positive : 0)
                {
                    Z = background.Z(c.Score),
                })
        ];
    }

    private static IReadOnlyList<ReportSource> Sources(ReportDocument[] ranked, RunDocuments documents)
    {
        // Shares first, mean after: an answer with large scores must not speak for the others.
        var shares = documents.Rows.Select(documents.SourceShares).Where(own => own.Count > 0).ToArray();
        return
        [
            .. ranked
                .GroupBy(d => d.Source, StringComparer.Ordinal)
                .Select(g =>
                {
                    double[] own = [.. shares.Select(share => share.GetValueOrDefault(g.Key))];
                    var interval = own.Length >= FewestForInterval ? Bootstrap.OfMean(own, new BootstrapOptions()) : null;
                    return new ReportSource(
                        g.Key, g.LongCount(), g.Sum(d => d.Score), own.DefaultIfEmpty().Average(), g.Count(d => d.Rank <= TopDocuments))
                    {
                        ShareInterval = interval is null ? null : [interval.Low, interval.High],
                    };
                })
                .OrderByDescending(s => s.Share)
                .ThenBy(s => s.Name, StringComparer.Ordinal)
        ];
    }

    private static IReadOnlyList<ReportDocument> Described(RunFolder run, ReportDocument[] top, Dictionary<string, Document> texts)
    {
        var ids = top.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var masks = (run.Masks ?? []).Where(m => ids.Contains(m.Id)).ToDictionary(m => m.Id, m => m.Tokens.ToHashSet(), StringComparer.Ordinal);
        var tokens = run.Scores is null
            ? []
            : RunScores.Tokens(run.Scores, ids).ToDictionary(t => t.Id, StringComparer.Ordinal);
        return [.. top.Select(ranked =>
        {
            var masked = masks.GetValueOrDefault(ranked.Id) ?? [];
            var document = texts.GetValueOrDefault(ranked.Id);
            var scores = tokens.GetValueOrDefault(ranked.Id);
            return CardBuilder.Describe(ranked, document, scores) with
            {
                MaskedTokens = masked.Count,
                Excerpt = document is null ? null : HeatCutter.Excerpt(document.Text, scores),
                Heat = document is null || scores is null || ranked.Rank > HeatMaps
                    ? null
                    : HeatCutter.Cut(document.Text, scores, masked, HeatCharacters),
            };
        })];
    }

    // The run names the documents that it ranked; the corpus names all.
    private static Dictionary<string, string> Names(ScoreRun? run, Dictionary<string, Document> texts)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in run?.Top().Where(line => line.Name is not null) ?? [])
        {
            names[line.Id] = line.Name!;
        }

        foreach (var document in texts.Values)
        {
            if (DocumentName.Of(document) is { } name)
            {
                names[document.Id] = name;
            }
        }

        return names;
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
