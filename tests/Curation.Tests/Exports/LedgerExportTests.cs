using Parquet.Serialization;
using Tda.Curation.Exports;
using Tda.Curation.Formats;
using Tda.Curation.Ledger;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

/// <summary>The ledger leaves with the corpus, and alone.</summary>
public class LedgerExportTests
{
    private static readonly Document[] Documents = [.. Enumerable.Range(0, 5).Select(i => new Document($"d{i}", "web", $"text {i}"))];

    [Theory]
    [InlineData(CorpusExportFormat.Parquet, "ledger.parquet")]
    [InlineData(CorpusExportFormat.Jsonl, "ledger.jsonl.zst")]
    public async Task Export_Ledger_HasItsEntries(CorpusExportFormat format, string name)
    {
        using var sample = Curated();

        var report = await sample.ExportAsync(name, format, null, options => options with { Ledger = true });

        var expected = Corpus.Open(sample.Curated).Ledger().ToList();
        Assert.Equal(["d1", "d2"], expected.Select(entry => entry.Id));
        var entries = format == CorpusExportFormat.Jsonl ? JsonLines.Read<LedgerEntry>(sample[name]).ToList() : await ParquetAsync(sample[name]);
        Assert.Equal(expected, entries);
        Assert.Equal((2, 0), (report.LedgerRows, report.Documents));
    }

    [Fact]
    public async Task Export_Hf_CarriesTheLedgerAndComesBackAsTheCorpus()
    {
        using var sample = Curated();

        await sample.ExportAsync("set", CorpusExportFormat.Hf, null);

        Assert.Equal(Corpus.Open(sample.Curated).Ledger(), await ParquetAsync(sample["set/ledger.parquet"]));
        Assert.Contains("- config_name: ledger\n  data_files:\n  - split: train\n    path: ledger.parquet\n", File.ReadAllText(sample["set/README.md"]), StringComparison.Ordinal);

        new CorpusImporter(new TdaHome(sample["home"]), sample.Time).Import(sample["set"], "back", new ImportOptions(), NullProgress.Instance, default);
        Assert.Equal(["d0", "d2", "d3", "d4"], Corpus.Open(sample["home/corpora/back"]).Documents().Select(document => document.Id));
    }

    [Fact]
    public async Task Export_LedgerOfAPlainCorpus_IsRefused()
    {
        using var sample = new CuratedSample(Documents);

        var error = await Assert.ThrowsAsync<BadInputException>(() => sample.ExportAsync(
            "ledger.parquet", CorpusExportFormat.Parquet, null, options => options with { Ledger = true }));

        Assert.Contains("the corpus has no ledger: it wasn't curated", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(sample["ledger.parquet"]));
    }

    [Fact]
    public void Validate_LedgerAsText_IsRefused()
    {
        using var sample = new CuratedSample(Documents);
        var options = new CorpusExportOptions { CorpusDirectory = sample.Plain, OutputPath = "x", As = CorpusExportFormat.Text, Ledger = true };

        Assert.Contains("--ledger is for --as jsonl or parquet", Assert.Throws<UsageException>(options.Validate).Message, StringComparison.Ordinal);
    }

    private static CuratedSample Curated()
    {
        var sample = new CuratedSample(Documents);
        sample.Curate(Dropped("d1") with { Value = 3.5, Threshold = 2, Reason = "too_long", Twin = "d2", Evidence = "the hit" }, new Decision("d2", CurationAction.Keep, "kept"));
        return sample;
    }

    private static async Task<List<LedgerEntry>> ParquetAsync(string path)
    {
        await using var file = File.OpenRead(path);
        var rows = await ParquetSerializer.DeserializeAsync<Row>(file);
        return [.. rows.Data.Select(row => new LedgerEntry(row.id!, row.action!, row.rule!, row.version!)
        {
            Stage = row.stage,
            Kind = row.kind,
            Value = row.value,
            Threshold = row.threshold,
            Reason = row.reason,
            Twin = row.twin,
            Evidence = row.evidence,
            Override = row.@override,
        })];
    }

    private sealed class Row
    {
        public string? id { get; set; }

        public string? action { get; set; }

        public string? rule { get; set; }

        public string? version { get; set; }

        public int? stage { get; set; }

        public string? kind { get; set; }

        public double? value { get; set; }

        public double? threshold { get; set; }

        public string? reason { get; set; }

        public string? twin { get; set; }

        public string? evidence { get; set; }

        public string? @override { get; set; }
    }
}
