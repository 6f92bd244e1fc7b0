using Tda.Cli.Demo;
using Tda.Cli.Demo.Data;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Distillation;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Bench.Peers;

/// <summary>
/// What all sides work on: 1. the demo's mails and speeches; 2. a surrogate distilled from its candidate corpus as `tda distill` does by default; 3.
/// documents cut to one full row each, so that no side pads, of texts that are long enough; 4. queries from texts that aren't among them; 5. the same as arrays for Python. What is there is kept.
/// </summary>
internal sealed class PeerData(TdaHome home, int documents, IProgressSink progress, CancellationToken cancel)
{
    public const string Name = "peers";

    /// <summary>Rows of a full context in a batch of 2,048 tokens, an index's default.</summary>
    public const int BatchRows = 16;

    /// <summary>Queries.</summary>
    public const int Queries = 20;

    /// <summary>The first of the documents alone, for what takes long: their corpus, and how many they are.</summary>
    public const string Few = "peers-few";

    /// <inheritdoc cref="Few"/>
    public const int FewDocuments = 128;

    private const string Candidates = "peers-candidates";

    // The candidates, and what the demo's closed model starts from.
    private const string Whole = "peers-whole";

    /// <summary>Least characters of a text that may be a query: some have hardly any tokens.</summary>
    private const int ShortestQuery = 200;

    public string Arrays { get; } = Path.Combine(home.Root, "peers", "arrays");

    public static string QueriesIn(TdaHome home) => Path.Combine(home.Root, "peers", "queries.jsonl");

    /// <summary>Makes what isn't there; returns the label tokens of the documents.</summary>
    public async Task<long> EnsureAsync()
    {
        // 1. and 2.
        Directory.CreateDirectory(Arrays);
        if (!Directory.Exists(home.CorpusDirectory(Whole)))
        {
            var sets = await DemoFiles.DealAsync(Path.Combine(home.Root, "packages"), new DemoOptions(), progress, cancel).ConfigureAwait(false);
            Document[] candidates = [.. sets.Candidates.Select(text => new Document(DocumentId.Of(text.Text), text.Source, text.Text))];
            Write(Candidates, candidates);
            Write(Whole, [.. candidates, .. sets.BaseText.Select(text => new Document(DocumentId.Of(text), "base", text))]);
        }

        var whole = Corpus.Open(home.CorpusDirectory(Whole));
        if (!Directory.Exists(home.SurrogateDirectory(Name)))
        {
            Distiller.Run(Corpus.Open(home.CorpusDirectory(Candidates)), [], home.SurrogateDirectory(Name), new DistillOptions(), progress, cancel, TimeProvider.System);
        }

        // 3. A cut text may be encoded in other tokens at its end: only those that aren't are taken. Content hashes shuffle the sources.
        using var surrogate = OpenedSurrogate.Open(home, Name);
        var (tokenizer, context) = (surrogate.Tokenizer, surrogate.Model.Config.MaxPositions);
        var length = context - 2; // BOS and EOS
        Document[] shuffled = [.. whole.Documents().OrderBy(document => document.Id, StringComparer.Ordinal)];
        var cut = new List<Document>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var document in shuffled.TakeWhile(_ => cut.Count < documents))
        {
            var tokens = tokenizer.Encode(document.Text);
            var text = tokenizer.Decode(tokens.AsSpan(0, Math.Min(length, tokens.Length)));
            if (tokenizer.Encode(text).Length == length)
            {
                cut.Add(new Document(DocumentId.Of(text), document.Source, text));
                used.Add(document.Id);
            }
        }

        if (cut.Count < documents)
        {
            throw new UsageException($"--documents {documents}: only {cut.Count} of the {shuffled.Length} texts fill a row of {context} tokens.");
        }

        Write(Name, cut);
        Write(Few, cut.Take(FewDocuments));

        // 4.
        Query[] queries =
        [
            .. shuffled.Where(document => !used.Contains(document.Id) && document.Text.Length >= ShortestQuery).Take(Queries)
                .Select((document, q) => new Query($"query-{q:D2}", document.Text[..(ShortestQuery / 2)], document.Text[(ShortestQuery / 2)..ShortestQuery])),
        ];
        if (queries.Length < Queries)
        {
            throw new UsageException($"--documents {documents} leaves {queries.Length} texts for {Queries} queries: take fewer.");
        }

        QueryFile.Write(QueriesIn(home), queries);

        // 5.
        var corpus = Corpus.Open(home.CorpusDirectory(Name));
        using var rows = new CorpusRows(corpus, TokenizedCorpusWriter.Write(corpus, tokenizer, progress, cancel), context);
        Save("documents", rows);
        Save("queries", new QueryEncoder(tokenizer, context).Rows(queries, progress));
        return rows.LabelTokens;
    }

    private void Write(string name, IEnumerable<Document> all)
    {
        using var writer = CorpusWriter.Create(home.CorpusDirectory(name), TimeProvider.System, replace: true);
        writer.Manifest.Command = "bench peers";
        foreach (var document in all)
        {
            writer.Add(document);
        }

        writer.Commit();
    }

    // Tokens (rows, longest) with zeros behind shorter ones; weights (rows, longest − 1): 1 where a label carries loss.
    private void Save(string name, Scoring.Gradients.IRowSource rows)
    {
        var width = Enumerable.Range(0, rows.RowCount).Max(rows.PositionsOf) + 1;
        var (tokens, weights) = (new long[rows.RowCount * width], new float[rows.RowCount * (width - 1)]);
        for (var r = 0; r < rows.RowCount; r++)
        {
            var row = rows.Load(r);
            for (var t = 0; t < row.Tokens.Length; t++)
            {
                tokens[(r * width) + t] = row.Tokens[t];
            }

            Array.Fill(weights, 1, (r * (width - 1)) + row.FirstLossPosition, row.LossPositions);
        }

        NpyFile.Write<long>(Path.Combine(Arrays, $"{name}.npy"), tokens, rows.RowCount, width);
        NpyFile.Write<float>(Path.Combine(Arrays, $"{name}-weights.npy"), weights, rows.RowCount, width - 1);
    }
}
