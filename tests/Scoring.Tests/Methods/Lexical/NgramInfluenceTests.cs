using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class NgramInfluenceTests
{
    private static readonly MethodOptions Options = new() { Ngram = new NgramOptions { Order = 3, Strength = 1.5 } };
    private static readonly MemoryRows Documents = Rows.Split(8, 4);
    private static readonly MemoryRows Queries = Rows.Random(3, seed: 77);
    private static readonly Target[] Targets = [new("one", [1]), new("mean", [0, 2])];

    [Fact]
    public void Score_DocumentsOfSeveralRows_EqualsCountingTheWholeDocumentsAnew()
    {
        var scores = Runs.Score("ngram", Context(Documents), Options, Queries, Targets);
        int[][] texts = [.. Enumerable.Range(0, 8).Select(d => Joined(Documents, d))];
        var naive = new NaiveNgrams(3, 1.5, texts);
        for (var t = 0; t < 2; t++)
        {
            double[] expected = [.. Enumerable.Range(0, 8).Select(m => Targets[t].Members.Average(q =>
                naive.LogProbability(texts, Queries.Load(q).Tokens, 1) - naive.LogProbability([.. texts.Where((_, d) => d != m)], Queries.Load(q).Tokens, 1)))];
            Numbers.Close(expected, Runs.Row(scores, t), 1e-6, "scores are kept in float32");
        }
    }

    [Fact]
    public void Score_OrderOfDocumentsAndOtherQueries_DontMatter()
    {
        var expected = Runs.Score("ngram", Context(Documents), Options, Queries, Targets);
        var alone = Runs.Score("ngram", Context(Documents), Options, Queries, [Targets[0]]);
        Assert.Equal(Runs.Row(expected, 0), Runs.Row(alone, 0));

        int[] order = [4, 7, 0, 2, 1, 3, 6, 5];
        var shuffled = new MemoryRows(
            [.. order.Select(Documents.IdOf)],
            [.. order.SelectMany((d, i) => Enumerable.Range(0, Documents.RowCount).Where(r => Documents.DocumentOf(r) == d).Select(r => Documents.Load(r) with { Document = i }))]);
        var actual = Runs.Score("ngram", Context(shuffled), Options, Queries, Targets);
        Assert.Equal([.. order.Select(d => expected[1, d])], [.. actual.Row(1)]);
    }

    [Fact]
    public void Score_SomeOfTheDocuments_CountsAllAndDocumentsOfAnotherCorpusAsAdded()
    {
        var all = Runs.Score("ngram", Context(Documents), Options, Queries, Targets);
        var some = Runs.Score("ngram", Context(Documents), Options, Queries, Targets, documents: new RowFilter(Documents, d => d is 2 or 5));
        Assert.Equal([0, 0, all[0, 2], 0, 0, all[0, 5], 0, 0], [.. some.Row(0)]);

        int[][] texts = [.. Enumerable.Range(0, 8).Select(d => Joined(Documents, d))];
        int[] text = [0, 3, 4, 1, 2, 5];
        var (naive, query) = (new NaiveNgrams(3, 1.5, texts), Queries.Load(1).Tokens);
        var added = Runs.Score("ngram", Context(Documents), Options, Queries, Targets, documents: MemoryRows.FromTokens(["new"], [text]));
        Assert.Equal(naive.LogProbability([.. texts, text], query, 1) - naive.LogProbability(texts, query, 1), added[0, 0], 5);
    }

    [Fact]
    public void Score_PromptTokens_AreContextAlone()
    {
        var (row, texts) = (Queries.Load(1), Enumerable.Range(0, 8).Select(d => Joined(Documents, d)).ToArray());
        var asked = new MemoryRows(["q"], [row with { Document = 0, FirstLossPosition = row.Positions - 1 }]);
        var scores = Runs.Score("ngram", Context(Documents), Options, asked, [new("q", [0])]);
        var (naive, last) = (new NaiveNgrams(3, 1.5, texts), row.Tokens.Length - 1);
        Numbers.Close(
            [.. Enumerable.Range(0, 8).Select(m => naive.LogProbability(texts, row.Tokens, last) - naive.LogProbability([.. texts.Where((_, d) => d != m)], row.Tokens, last))],
            Runs.Row(scores, 0), 1e-6, "the last token alone");
    }

    [Fact]
    public void Score_OtherTokenizer_IsThatOfItsTokens()
    {
        using var home = new TestHome();
        var path = Path.Combine(home.Home.Root, "other.json");
        ProxyTrainer.Tokenization.BpeTrainer.Train(home.Texts, new() { VocabularySize = 290 }).Save(path);
        var (tokenizer, asked) = (ProxyTrainer.Tokenization.ModelTokenizer.Load(path), home.Queries(2));
        var context = Context(home.Texts.Count) with { DocumentText = d => home.Texts[d], QueryTexts = asked };
        var options = Options with { Ngram = Options.Ngram with { Tokenizer = path } };

        var scores = Runs.Score("ngram", context, options, Rows.Random(2), [new("a", [0]), new("b", [1])]);

        int[][] texts = [.. home.Texts.Select(text => (int[])[tokenizer.BosId, .. tokenizer.Encode(text), tokenizer.EosId])];
        var naive = new NaiveNgrams(3, 1.5, texts);
        for (var q = 0; q < 2; q++)
        {
            int[] prompt = [tokenizer.BosId, .. tokenizer.Encode(asked[q].Prompt)], query = [.. prompt, .. tokenizer.Encode(asked[q].Completion)];
            Numbers.Close(
                [.. Enumerable.Range(0, texts.Length).Select(m => naive.LogProbability(texts, query, prompt.Length) - naive.LogProbability([.. texts.Where((_, d) => d != m)], query, prompt.Length))],
                Runs.Row(scores, q), 1e-6, "another tokenizer");
        }

        using var influence = (ITokenInfluence)AttributionMethods.Create("ngram", context, options, NullProgress.Instance, default);
        Assert.Contains("--ngram-tokenizer", Assert.Throws<UsageException>(() => influence.ScoreTokens(
            context.Documents, Rows.Random(2), [new("a", [0])], TokenDefinition.Position, _ => { }, _ => { }, NullProgress.Instance, default)).Message);
    }

    [Fact]
    public void Run_OverAnIndex_ScoresAreNatsAndNIsOne()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var options = new AttributeOptions { Home = home.Home, Index = "i", Queries = home.Queries(2), Run = "r", Method = "ngram" };
        var result = Attributor.Run(options, NullProgress.Instance, home.Time);
        Assert.True(result.HasUnit);
        Assert.Equal(1, result.N);
        Assert.All(result.Top, d => Assert.Equal(d.Score, d.UncalibratedNats!.Value, 12));
        using var run = ScoreRun.Open(result.Directory);
        Assert.StartsWith("nats", (string)run.Manifest.Details["unit"]!, StringComparison.Ordinal);
        Assert.Contains("--normalisation none", Assert.Throws<UsageException>(() => Attributor.Run(
            options with { Run = "n", Normalisation = Normalisation.RelatIf }, NullProgress.Instance, home.Time)).Message);
    }

    [Fact]
    public void Validate_OptionsOutOfRange_AreRefused()
    {
        var error = Assert.Throws<UsageException>(new MethodOptions { Ngram = new NgramOptions { Order = 6, Strength = 0 } }.Validate);
        Assert.Contains("order is 6", error.Message);
        Assert.Contains("strength is 0", error.Message);
    }

    private static InfluenceContext Context(int documents) => Context(Rows.Random(documents));

    private static InfluenceContext Context(IRowSource documents) =>
        new() { Capture = new GradientCapture(new TinyModel()), Documents = documents, DocumentText = _ => "", QueryTexts = [] };

    private static int[] Joined(IRowSource rows, int document) =>
        [0, .. Enumerable.Range(0, rows.RowCount).Where(r => rows.DocumentOf(r) == document).SelectMany(r => rows.Load(r).Tokens[1..])];
}
