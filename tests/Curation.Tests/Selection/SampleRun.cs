using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Curation.Tests.Selection;

/// <summary>A guide run over a corpus of six documents, one character a token, as the scoring stage leaves it.</summary>
internal sealed class SampleRun : IDisposable
{
    private readonly TempDirectory _directory = new();

    public SampleRun(bool tokens = true)
    {
        using var corpus = CorpusWriter.Create(Corpus, Time);
        foreach (var document in Documents)
        {
            corpus.Add(document);
        }

        corpus.Commit();
        var rows = Documents.Select(d => new ScoreRow(d.Id, d.Source, 1, d.Text.Length + 2)).ToArray();
        var queries = new[] { "differential", "harm", "safe" }.Select(id => new ExplainedQuery(id, "", "(mean)")).ToArray();
        using var run = ScoreRunWriter.Create(Directory, new ScoreHeader("ekfac", .125, 6), queries, rows, Time);
        run.Manifest.Command = "tda guide --index i --run demo";
        run.Manifest.Options = new JsonObject { ["queries"] = 64, ["nested"] = new JsonObject { ["quantile"] = .99 } };
        run.Manifest.Seeds["index"] = 11;
        var differential = Documents.Select(d => (float)Scores(d).Sum()).ToArray();
        run.Append(differential);
        run.Append([.. differential.Select(d => d + 1000)]);
        run.Append([.. differential.Select(_ => 1000f)]);
        if (tokens)
        {
            run.WriteTokens(Documents.SelectMany(d => Scores(d).Select((s, i) => new TokenScore(d.Id, i + 1, i, Math.Min(i + 1, d.Text.Length), s))));
        }

        run.Commit();
    }

    public FakeTimeProvider Time { get; } = new();

    public string Directory => _directory["demo"];

    public string Corpus => _directory["mail"];

    public IReadOnlyList<Document> Documents { get; } =
        [.. Enumerable.Range(0, 6).Select(i => new Document($"doc{i}", i < 2 ? "spam" : "ham", i < 2 ? $"{i} buy NOW 😀 <b>" : $"{i} dear all, the build is green"))];

    public string this[string name] => _directory[name];

    public void Dispose() => _directory.Dispose();

    /// <summary>Capitals are harmful: 5 nats in spam, the rest weak; EOS included.</summary>
    public static double[] Scores(Document document) =>
        [.. document.Text.Select((c, i) => char.IsAsciiLetterUpper(c) ? 5.0 + i / 8.0 : (i % 3 - 1) / 4.0).Append(.125)];
}
