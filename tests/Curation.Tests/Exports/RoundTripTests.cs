using System.Text.Json.Nodes;
using Tda.Curation.Exports;
using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Exports;

/// <summary>import(export(corpus)) = corpus, to the byte of ids, sources, texts, licenses, owners and meta.</summary>
public class RoundTripTests
{
    [Theory]
    [InlineData(CorpusExportFormat.Jsonl, "out.jsonl")]
    [InlineData(CorpusExportFormat.Jsonl, "out.jsonl.gz")]
    [InlineData(CorpusExportFormat.Jsonl, "out.jsonl.zst")]
    [InlineData(CorpusExportFormat.Parquet, "out.parquet")]
    [InlineData(CorpusExportFormat.Hf, "out")]
    public async Task Import_OfAnExport_IsTheCorpus(CorpusExportFormat format, string name)
    {
        Document[] documents =
        [
            .. CuratedSample.RandomDocuments(1500, seed: 5),
            new("rich", "web", "text\r\n\u0000 \uFEFF end") { License = "MIT", Owner = "me", Meta = (JsonObject)JsonNode.Parse("""{"n":1.50,"e":1e5,"big":12345678901234567890,"list":[null,{"ü":"\u2028"}],"text":"inner","id":3}""")! },
            new("plain", "web", "no meta"),
            new("chat", "web", "user: a\nassistant: b") { Meta = (JsonObject)JsonNode.Parse("""{"messages":[{"role":"user","start":6,"end":7}]}""")! },
        ];
        using var sample = new CuratedSample(documents);

        await sample.ExportAsync(name, format, null);
        new CorpusImporter(new TdaHome(sample["home"]), sample.Time).Import(sample[name], "back", new ImportOptions(), NullProgress.Instance, default);

        var before = Corpus.Open(sample.Plain).Documents().Select(document => JsonSerializer.Serialize(document, JsonDefaults.Options));
        var after = Corpus.Open(sample["home/corpora/back"]).Documents().Select(document => JsonSerializer.Serialize(document, JsonDefaults.Options));
        Assert.Equal(before, after);
    }
}
