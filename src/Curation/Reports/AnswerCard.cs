using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>An answer (or a set of answers) that a run explains, and the documents behind it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Prompt">The prompt; empty for a set.</param>
/// <param name="Completion">The answer; a description of a set.</param>
public sealed record AnswerCard(string Id, string Prompt, string Completion)
{
    /// <summary>The query's label.</summary>
    public string? Label { get; init; }

    /// <summary>The characters of the answer that were explained; null: all of it.</summary>
    public TextSpan? Span { get; init; }

    /// <summary>Answers that it stands for: 1, or the size of a set.</summary>
    public int Answers { get; init; } = 1;

    /// <summary>The first answers of a set; empty of a single answer.</summary>
    public IReadOnlyList<Query> Examples { get; init; } = [];

    /// <summary>How well the surrogate predicts it; null where that wasn't measured.</summary>
    public AnswerFidelity? Fidelity { get; init; }

    /// <summary>Whether the program abstained: it has no documents then.</summary>
    public bool Abstained { get; init; }

    /// <summary>Whether it was scored although the surrogate doesn't predict it.</summary>
    public bool Forced { get; init; }

    /// <summary>How concentrated its positive scores are.</summary>
    public Concentration? Concentration { get; init; }

    /// <summary>The strongest documents, best first.</summary>
    public IReadOnlyList<ReportDocument> Documents { get; init; } = [];

    /// <summary>Lines of report.csv with its whole ranking, [first, last] from 1 (the heading); null where it has none.</summary>
    public int[]? Rows { get; init; }

    /// <summary>The row of a set; null of the rows that stand for one answer.</summary>
    internal bool IsSet => Prompt.Length == 0 && Examples.Count > 0;
}

/// <summary>Makes the cards of a run: for each answer the strongest documents, with what their words say.</summary>
internal sealed class CardBuilder
{
    private const int MostCards = 40;
    private const int Documents = 5;
    private const int FirstDocuments = 10;
    private const int Examples = 3;
    private const int SnippetCharacters = 280;

    private readonly ScoreRun _run;
    private readonly RunFolder _folder;
    private readonly RunDocuments _documents;
    private readonly Dictionary<(string? Query, string Id), DocumentScore> _ranked;
    private readonly Dictionary<string, int[]> _lines;

    public CardBuilder(ScoreRun run, RunFolder folder, RunDocuments documents)
    {
        (_run, _folder, _documents) = (run, folder, documents);
        DocumentScore[] ranking = [.. run.Top()];
        _ranked = ranking.DistinctBy(line => (line.Query, line.Id)).ToDictionary(line => (line.Query, line.Id));
        _lines = ranking.Index().GroupBy(line => line.Item.Query ?? "", StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new[] { group.First().Index + 2, group.Last().Index + 2 }, StringComparer.Ordinal);
        Cards = Ranked();
    }

    /// <summary>The cards, documents without their texts.</summary>
    public IReadOnlyList<AnswerCard> Cards { get; }

    /// <summary>How many the run has beyond those.</summary>
    public int LeftOut => Math.Max(0, _documents.Rows.Count - MostCards) + Math.Max(0, _run.Abstained.Count - MostCards);

    /// <summary>The cards with what the documents' texts and tokens say.</summary>
    public IReadOnlyList<AnswerCard> Described(IReadOnlyDictionary<string, Document> texts)
    {
        var wanted = Cards.SelectMany(card => card.Documents.SelectMany(d => new (string?, string)[] { (card.Id, d.Id), (null, d.Id) })).ToHashSet();
        var tokens = RunScores.Tokens(_run, wanted);
        return [.. Cards.Select(card => card with
        {
            Documents = [.. card.Documents.Select(d => Describe(
                d, texts.GetValueOrDefault(d.Id), tokens.GetValueOrDefault((card.Id, d.Id)) ?? tokens.GetValueOrDefault((null, d.Id))))],
        })];
    }

    /// <summary>A document with its name, the phrases that carry its influence, and the text around the strongest.</summary>
    internal static ReportDocument Describe(ReportDocument ranked, Document? document, DocumentTokenScores? tokens)
    {
        if (document is null)
        {
            return ranked;
        }

        var phrases = tokens is null ? [] : PhraseFinder.Strongest(document.Text, tokens);
        var place = phrases.Count > 0 ? phrases[0].Start : 0;
        return ranked with
        {
            Name = ranked.Name ?? DocumentName.Of(document),
            License = document.License,
            Owner = document.Owner,
            // The same words at two places are told once.
            Phrases = [.. phrases.Select(phrase => phrase.Of(document.Text)).GroupBy(phrase => phrase.Text, StringComparer.Ordinal)
                .Select(same => same.First() with { Score = same.Sum(phrase => phrase.Score), Share = same.Sum(phrase => phrase.Share) })],
            Snippet = HeatCutter.Around(document.Text, place, tokens, new HashSet<int>(), SnippetCharacters),
        };
    }

    /// <summary>Cards of what the program abstained from: no documents.</summary>
    internal static IReadOnlyList<AnswerCard> Abstained(ScoreRun run, RunFolder folder) =>
        [.. run.Abstained.Take(MostCards).Select(query => Card(query, folder))];

    private IReadOnlyList<AnswerCard> Ranked()
    {
        // Of few documents the first quarter: else every document would be among the first of every answer.
        var many = Math.Min(FirstDocuments, _documents.Ids.Count / 4);
        var first = _documents.Rows.Select(row => _documents.Order(row).Take(many).ToHashSet()).ToArray();
        List<AnswerCard> cards = [];
        foreach (var (i, row) in _documents.Rows.Take(MostCards).Index())
        {
            var scores = _documents.Scores(row);
            var background = ScoreBackground.Of(scores);
            var positive = scores.Sum(score => (double)Math.Max(0, score));
            var card = Card(_run.Explained[row], _folder);
            cards.Add(card with
            {
                Documents = [.. _documents.Order(row).Take(Documents).Select((d, place) =>
                {
                    var id = _documents.Ids[d];
                    var share = positive > 0 ? Math.Max(0, scores[d]) / positive : 0;
                    var line = _ranked.GetValueOrDefault((card.Id, id)) ?? _ranked.GetValueOrDefault((null, id));
                    return new ReportDocument(place + 1, id, _documents.Sources[d], scores[d], share)
                    {
                        Name = line?.Name,
                        Z = background.Z(scores[d]),
                        ShareInterval = line?.Interval is { } interval && positive > 0 ? [interval.Low / positive, interval.High / positive] : null,
                        Calibrated = line?.Calibrated,
                        AlsoFirst = first.Where((ten, other) => other != i && ten.Contains(d)).Count(),
                    };
                })],
                Rows = _lines.GetValueOrDefault(card.Id) ?? (_documents.Rows.Count == 1 ? _lines.GetValueOrDefault("") : null),
            });
        }

        return [.. cards, .. Abstained(_run, _folder)];
    }

    private static AnswerCard Card(ExplainedQuery query, RunFolder folder)
    {
        Query[] members = [.. folder.Members[query.Id]];
        var single = members.Length <= 1 && query.Prompt.Length + query.Completion.Length > 0 && (members.Length == 0 || members[0].Id == query.Id);
        return new AnswerCard(query.Id, query.Prompt, query.Completion)
        {
            Label = query.Label,
            Span = query.Span,
            Answers = single ? 1 : members.Length,
            Examples = single ? [] : [.. members.Take(Examples)],
            Fidelity = query.Fidelity,
            Abstained = query.Abstained == true,
            Forced = query.Forced == true,
            Concentration = query.Concentration,
        };
    }
}
