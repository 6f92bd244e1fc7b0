using System.Text.Json.Nodes;
using ParquetSharp;
using Tda.Curation.Exports;
using Tda.TestKit;
using YamlDotNet.Serialization;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

/// <summary>Read back by Apache's own C++ library, which pandas and Hugging Face's datasets read with too.</summary>
public class ParquetExportTests
{
    [Fact]
    public async Task Write_Texts_ReadBackAreTheDocuments()
    {
        Document[] documents =
        [
            .. RandomDocuments(2500, seed: 8), // three row groups
            new("rich", "web", "text") { License = "MIT", Owner = "me", Meta = new JsonObject { ["a"] = new JsonArray(1, "ü") } },
        ];
        using var sample = new CuratedSample(documents);

        await sample.ExportAsync("out.parquet", CorpusExportFormat.Parquet, null);

        var table = Read(sample["out.parquet"]);
        Assert.Equal(documents.Select(d => d.Id), table["id"]);
        Assert.Equal(documents.Select(d => d.Source), table["source"]);
        Assert.Equal(documents.Select(d => d.Text), table["text"]);
        Assert.Equal((null, "MIT", "me", """{"a":[1,"ü"]}"""), (table["license"][0], table["license"][^1], table["owner"][^1], table["meta"][^1]));
    }

    [Fact]
    public async Task Write_Ids_ReadBackEqualThoseOfJsonLines()
    {
        using var sample = new CuratedSample(RandomDocuments(1500, seed: 9));
        sample.Curate(Masked("d1", [0, 3]), Weighed("d2", .5));
        var change = (CorpusExportOptions options) => options with { Tokenizer = new ByteTokenizer(), Context = 16 };

        await sample.ExportAsync("out.parquet", CorpusExportFormat.Parquet, CorpusExportMask.Ids, change);
        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, change);

        var table = Read(sample["out.parquet"]);
        var lines = sample.Lines("out.jsonl");
        Assert.Equal(lines.Select(row => row.GetProperty("input_ids").GetRawText()), table["input_ids"].Select(list => JsonSerializer.Serialize(list)));
        Assert.Equal(lines.Select(row => row.GetProperty("labels").GetRawText()), table["labels"].Select(list => JsonSerializer.Serialize(list)));
        Assert.Equal(lines.Select(row => (object)row.GetProperty("start").GetInt32()), table["start"]);
        Assert.Equal(lines.Select(row => (object)row.GetProperty("weight").GetDouble()), table["weight"]);
    }

    [Fact]
    public async Task Write_Weights_DocumentsWithoutAMaskHaveEmptyLists()
    {
        using var sample = new CuratedSample(new Document("a", "web", "first"), new Document("b", "web", "second"), new Document("c", "web", "third"));
        sample.Curate(Masked("b", [0, 2], [4, 6]));

        await sample.ExportAsync("out.parquet", CorpusExportFormat.Parquet, CorpusExportMask.Weights);

        var table = Read(sample["out.parquet"]);
        Assert.Equal(["[]", "[0,4]", "[]"], table["masked_starts"].Select(list => JsonSerializer.Serialize(list)));
        Assert.Equal(["[]", "[2,6]", "[]"], table["masked_ends"].Select(list => JsonSerializer.Serialize(list)));
    }

    [Theory]
    [InlineData(null, "license: unknown")]
    [InlineData("MIT", "license: mit")]
    [InlineData("of our own", "license: other")]
    public async Task Write_DataSet_CardSaysWhatTheFileHolds(string? license, string said)
    {
        using var sample = new CuratedSample(
            new Document("a", "web", "first") { License = license }, new Document("b", "a|b", "second") { License = license });

        await sample.ExportAsync("set", CorpusExportFormat.Hf, null);

        var card = await File.ReadAllTextAsync(sample["set/README.md"]);
        var header = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(card.Split("---\n")[1]);
        var info = (Dictionary<object, object>)header["dataset_info"];
        var features = ((List<object>)info["features"]).Cast<Dictionary<object, object>>().Select(feature => (string)feature["name"]);
        var split = (Dictionary<object, object>)((List<object>)info["splits"])[0];
        var files = (Dictionary<object, object>)((List<object>)((Dictionary<object, object>)((List<object>)header["configs"])[0])["data_files"])[0];
        Assert.Contains(said + "\n", card, StringComparison.Ordinal);
        Assert.Equal(("train", "2", "train", "data/train-*"), ((string)split["name"], (string)split["num_examples"], (string)files["split"], (string)files["path"]));
        Assert.Equal(features, (Read(sample["set/data/train-00000-of-00001.parquet"])).Keys);
        Assert.Equal(
            ["README.md", "data/train-00000-of-00001.parquet"],
            ArtifactDirectory.Open(sample["set"], CorpusExporter.FormatName, CorpusExporter.Version).Manifest.Outputs.Keys);
    }

    [Theory]
    [InlineData(CorpusExportMask.Ids)]
    [InlineData(CorpusExportMask.Weights)]
    public async Task Write_DataSetWithLists_CardNamesTheirTypes(CorpusExportMask mask)
    {
        using var sample = new CuratedSample(new Document("a", "web", "first"));
        sample.Curate(Masked("a", [0, 2]));

        await sample.ExportAsync("set", CorpusExportFormat.Hf, mask, options => options with { Tokenizer = mask == CorpusExportMask.Ids ? new ByteTokenizer() : null });

        var name = mask == CorpusExportMask.Ids ? "labels" : "masked_ends";
        Assert.Contains($"  - name: {name}\n    sequence: int32\n", await File.ReadAllTextAsync(sample["set/README.md"]), StringComparison.Ordinal);
    }

    /// <summary>All columns by name, in their order, each with the values of all rows.</summary>
    private static Dictionary<string, object?[]> Read(string path)
    {
        using var file = new ParquetFileReader(path);
        var table = new Dictionary<string, object?[]>(StringComparer.Ordinal);
        for (var column = 0; column < file.FileMetaData.NumColumns; column++)
        {
            var values = new List<object?>();
            for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
            {
                using var rows = file.RowGroup(group);
                values.AddRange(rows.Column(column).LogicalReader().Apply(new AllValues(rows.MetaData.NumRows)));
            }

            table[file.FileMetaData.Schema.Column(column).Path.ToDotVector()[0]] = [.. values];
        }

        return table;
    }

    private sealed class AllValues(long rows) : ILogicalColumnReaderVisitor<object?[]>
    {
        public object?[] OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> columnReader) =>
            [.. columnReader.ReadAll(checked((int)rows)).Cast<object?>()];
    }
}
