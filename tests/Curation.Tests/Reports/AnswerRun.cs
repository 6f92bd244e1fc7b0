using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Curation.Tests.Reports;

/// <summary>An attribute run over answers, as the scoring stage leaves it: five explained, one abstained from, tokens of the first documents.</summary>
internal sealed class AnswerRun : IDisposable
{
    private readonly TempDirectory _directory = new();

    public AnswerRun(bool calibrated = false, bool labels = false, bool tokens = true, int members = 1, bool measured = false)
    {
        using var corpus = CorpusWriter.Create(Corpus, Time);
        foreach (var document in Documents)
        {
            corpus.Add(document);
        }

        var content = corpus.Commit().ContentHash;
        ExplainedQuery[] queries =
        [
            .. Enumerable.Range(0, 5).Select(q => new ExplainedQuery($"q{q}", $"prompt {q}", $"answer {q} <b>") { Fidelity = Fidelity(.1 * q), Label = labels ? q % 2 == 0 ? "even" : "odd" : null }),
            new("q5", "prompt 5", "gibberish") { Fidelity = Fidelity(-.4), Abstained = true },
        ];
        using var run = ScoreRunWriter.Create(
            Directory, new ScoreHeader("ekfac", .1, 8), queries, [.. Documents.Select(d => new ScoreRow(d.Id, d.Source, 1, d.Text.Length + 2))], Time);
        run.Manifest.Command = "tda attribute";
        run.Manifest.Details["command_line"] = "tda attribute --index i --queries answers.jsonl --tokens --run why";
        run.Manifest.Inputs["corpus:licences"] = content;
        run.Manifest.Inputs["index:i"] = "00";
        if (calibrated)
        {
            run.Manifest.Details["calibration"] = JsonNode.Parse("""{"kind":"linear","slope":0.5,"intercept":0,"r2":0.31,"residual_deviation":0.2,"pairs":640}""");
        }

        if (measured)
        {
            run.Manifest.Details["datamodel"] = new JsonObject { ["subsets"] = 64 };
            run.Manifest.Details["trust"] = JsonNode.Parse("""{"agreement":{"value":0.43},"summary":"agrees 0.43 with itself","warnings":["these ranks are mostly chance"]}""");
        }

        if (members > 1)
        {
            run.Manifest.Details["ensemble"] = new JsonObject { ["members"] = members };
        }

        List<DocumentScore> top = [];
        for (var q = 0; q < 5; q++)
        {
            var scores = Scores(q);
            run.Append(scores);
            var order = Enumerable.Range(0, 8).OrderByDescending(d => scores[d]).ToArray();
            var positive = scores.Sum(s => Math.Max(0, s));
            top.AddRange(order.Select((d, place) => new DocumentScore(Documents[d].Id, Documents[d].Source, scores[d], Math.Max(0, scores[d]) / positive, place + 1)
            {
                Query = $"q{q}",
                Name = DocumentName.Of(Documents[d]),
                UncalibratedNats = scores[d] / 8,
                Calibrated = calibrated ? new CalibratedChange(scores[d] / 16, new ValueInterval(scores[d] / 20, scores[d] / 12)) : null,
                Interval = members > 1 ? new ValueInterval(scores[d] - 1, scores[d] + 1) : null,
            }));
        }

        run.WriteTop(top);
        JsonLines.Write(run.PathOf(ScoreFormat.Members), queries.Take(5).Select(q => new TargetMember(q.Id, q.ToQuery())));
        if (tokens)
        {
            // Of each answer its own document says "NOW<q>" loudest.
            run.WriteTokens(Enumerable.Range(0, 5).SelectMany(q => Documents.Select(d => (q, d))).SelectMany(x => x.d.Text.Select((_, i) =>
                new TokenScore(x.d.Id, i + 1, i, i + 1, i >= Loud(x.d, x.q) && i < Loud(x.d, x.q) + 4 ? 5 : .01) { Query = $"q{x.q}" })));
        }

        run.Commit();
    }

    public FakeTimeProvider Time { get; } = new();

    public string Directory => _directory["why"];

    public string Corpus => Path.Combine(_directory.Path, "corpora", "licences");

    public TdaHome Home => new(_directory.Path);

    /// <summary>Document d holds the words NOW0 to NOW4; one name would be a formula in a spreadsheet.</summary>
    public IReadOnlyList<Document> Documents { get; } =
    [
        .. Enumerable.Range(0, 8).Select(d => new Document(DocumentId.Of($"{d}"), d < 3 ? "gpl" : "bsd", $"{d} some words, NOW0 then NOW1 and NOW2 or NOW3 but NOW4 at the end")
        {
            Meta = d == 7 ? null : new JsonObject { ["file"] = d == 6 ? "=SUM(A1)" : $"licences/file, {d}.txt" },
        })
    ];

    /// <summary>Query q's own document is q; document 5 is second for all.</summary>
    public static float[] Scores(int q) => [.. Enumerable.Range(0, 8).Select(d => d == q ? 10f : d == 5 ? 6 : d == 7 ? -3 : .25f * d)];

    public void Dispose() => _directory.Dispose();

    private static int Loud(Document document, int q) => document.Text.IndexOf($"NOW{q}", StringComparison.Ordinal);

    private static AnswerFidelity Fidelity(double value) => new(10, 4 * (1 - value), 4, 7, .2);
}
