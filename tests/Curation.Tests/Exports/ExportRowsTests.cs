using Tda.Core.Masks;
using Tda.Curation.Exports;
using Tda.TestKit;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

public class ExportRowsTests
{
    private static readonly ByteTokenizer Tokenizer = new();

    /// <summary>Reference: each token of the whole document is looked up in the mask, one by one.</summary>
    [Fact]
    public async Task Ids_EqualTheSlowReference()
    {
        var documents = RandomDocuments(40, seed: 5);
        var masks = RandomMasks(documents, new ByteTokenizer(2), seed: 6); // another tokenizer's tokens
        using var sample = new CuratedSample(documents);
        sample.Curate([.. masks.Select(Masked)]);

        var report = await sample.ExportAsync("ids.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, options => options with { Tokenizer = Tokenizer });

        var expected = documents.Zip(masks, Reference).Where(row => row.Labels.Any(label => label != -100)).ToList();
        Assert.Equal(expected.Select(row => row.Ids), sample.Lines("ids.jsonl").Select(row => Numbers(row, "input_ids")));
        Assert.Equal(expected.Select(row => row.Labels), sample.Lines("ids.jsonl").Select(row => Numbers(row, "labels")));
        Assert.Equal(expected.Sum(row => row.Ids.Length), report.Tokens);
        Assert.Equal(expected.Sum(row => row.Labels.Count(label => label != -100)), report.LabelTokens);
        Assert.Equal(Tokenizer.Hash, report.TokenizerHash);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Ids_WithContext_RowsPutTogetherAreTheDocument(int context)
    {
        var documents = RandomDocuments(20, seed: 7);
        using var sample = new CuratedSample(documents);
        var change = (CorpusExportOptions options) => options with { Tokenizer = Tokenizer, Context = context };

        await sample.ExportAsync("ids.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, change);

        foreach (var document in sample.Lines("ids.jsonl").GroupBy(row => row.GetProperty("id").GetString()))
        {
            var text = documents.Single(d => d.Id == document.Key).Text;
            Assert.All(document, row =>
            {
                Assert.InRange(row.GetProperty("input_ids").GetArrayLength(), 2, context);
                Assert.Equal(Tokenizer.BosId, Numbers(row, "input_ids")[0]);
                Assert.Equal(-100, Numbers(row, "labels")[0]);
            });
            Assert.Equal([.. Tokenizer.Encode(text), Tokenizer.EosId], document.SelectMany(row => Numbers(row, "labels")[1..]));
            Assert.Equal(document.Select(row => row.GetProperty("start").GetInt32()), Starts(document.Select(row => Numbers(row, "labels").Length - 1)));
        }
    }

    /// <summary>The mean loss of a batch without labels is no number; it once reached every weight of a model.</summary>
    [Fact]
    public async Task Ids_RowWithoutALabel_IsLeftOutAndCounted()
    {
        using var sample = new CuratedSample(new Document("all", "web", "gone"), new Document("some", "web", "stays"));
        sample.Curate(Masked("all", [0, 4], [4, 4]));

        var report = await sample.ExportAsync("ids.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, options => options with { Tokenizer = Tokenizer });

        Assert.Equal("some", Assert.Single(sample.Lines("ids.jsonl")).GetProperty("id").GetString());
        Assert.Equal(["all"], Assert.Single(report.LeftOut).Examples);
    }

    [Fact]
    public async Task Ids_CorpusWithWeights_EveryRowHasOne()
    {
        using var sample = new CuratedSample(new Document("a", "web", "one"), new Document("b", "web", "two"));
        sample.Curate(Weighed("b", .5));

        await sample.ExportAsync("ids.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, options => options with { Tokenizer = Tokenizer });

        Assert.Equal([1, .5], sample.Lines("ids.jsonl").Select(row => row.GetProperty("weight").GetDouble()));
    }

    private static (int[] Ids, int[] Labels) Reference(Document document, DocumentMask mask)
    {
        var tokens = Tokenizer.EncodeWithSpans(document.Text);
        bool IsMasked(int start, int end) => mask.Spans.Any(span => Math.Max(span[0], start) < Math.Min(span[1], end));
        var eos = mask.Spans.Any(span => span[0] == document.Text.Length);
        return (
            [Tokenizer.BosId, .. tokens.Select(token => token.Id), Tokenizer.EosId],
            [-100, .. tokens.Select(token => IsMasked(token.Start, token.End) ? -100 : token.Id), eos ? -100 : Tokenizer.EosId]);
    }

    private static IEnumerable<int> Starts(IEnumerable<int> lengths)
    {
        var start = 1;
        foreach (var length in lengths)
        {
            yield return start;
            start += length;
        }
    }

    private static int[] Numbers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
