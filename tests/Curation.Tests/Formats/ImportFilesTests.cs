using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Formats;

/// <summary>Which files are taken: patterns, compressed ones, and data sets' folders by card, split and configuration.</summary>
public sealed class ImportFilesTests : IDisposable
{
    private readonly ImportSample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData("crawl/**/*.jsonl.zst", "top a deep")]
    [InlineData("crawl/*.jsonl.zst", "top")]
    [InlineData("crawl/*/*.jsonl.zst", "a")]
    [InlineData("crawl/a/part*", "a")]
    public void Import_Pattern_TakesTheFilesThatFit(string pattern, string sources)
    {
        _sample.WriteZstd("crawl/part1.jsonl.zst", """{"text":"1","source":"top"}""");
        _sample.WriteZstd("crawl/a/part2.jsonl.zst", """{"text":"2","source":"a"}""");
        _sample.WriteZstd("crawl/a/b/part3.jsonl.zst", """{"text":"3","source":"deep"}""");
        _sample.Write("crawl/other.jsonl", """{"text":"4","source":"other"}""");

        var report = _sample.Import($"{_sample["crawl"]}{pattern["crawl".Length..]}");

        Assert.Equal(sources.Split(' ').Order(), _sample.Documents().Select(d => d.Source).Order());
        Assert.Equal(report.Documents, report.Read);
    }

    [Fact]
    public void Import_PatternThatNothingFits_SaysWhere()
    {
        _sample.Write("crawl/a.jsonl", """{"text":"1"}""");

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample["crawl"] + "/**/*.parquet"));

        Assert.Contains($"no file below {_sample["crawl"]} fits **/*.parquet", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no folder", Assert.Throws<BadInputException>(() => _sample.Import(_sample["nowhere"] + "/*.csv")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in.jsonl.zst", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n")]
    [InlineData("in.json.zst", """[{"text":"one"},{"text":"two"}]""")]
    [InlineData("in.csv.zst", "text\none\ntwo\n")]
    [InlineData("in.tsv.zst", "n\ttext\n1\tone\n2\ttwo\n")]
    public void Import_Zstd_IsReadInEveryFormatOfRecords(string name, string content)
    {
        _sample.Import(_sample.WriteZstd(name, content));

        Assert.Equal(["one", "two"], _sample.Documents().Select(d => d.Text));
    }

    [Fact]
    public void Import_TruncatedZstd_IsRefused()
    {
        var path = _sample.WriteZstd("whole.jsonl.zst", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"text number {i * 7919 % 5000}\"}}\n")));
        var bytes = File.ReadAllBytes(path);

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample.Write("in.jsonl.zst", bytes[..(bytes.Length / 2)])));

        Assert.Contains("the zstd data is truncated or corrupt", error.Message, StringComparison.Ordinal);
        Assert.False(_sample.HasCorpus);
    }

    [Fact]
    public async Task Import_DatasetFolder_TakesTheTrainingSplitAndTheCardsLicense()
    {
        _sample.Write("set/README.md", "---\nlicense: cc-by-4.0\ntags:\n- x\n---\n# A set\n");
        _sample.Write("set/LICENSE", "words of law");
        await _sample.WriteParquetAsync("set/data/train-00000-of-00002.parquet", [new { text = "one", license = (string?)"MIT" }]);
        await _sample.WriteParquetAsync("set/data/train-00001-of-00002.parquet", [new { text = "two", license = (string?)null }]);
        await _sample.WriteParquetAsync("set/data/test-00000-of-00001.parquet", [new { text = "three" }]);

        var report = _sample.Import(_sample["set"]);

        Assert.Equal([("one", "MIT", "set"), ("two", "cc-by-4.0", "set")], _sample.Documents().Select(d => (d.Text, d.License!, d.Source)));
        Assert.Equal(["Only the split train was read; left out: test (1 file) (--split all reads all)."], report.Notes);

        _sample.Import(_sample["set"], new ImportOptions { Replace = true, Split = "test" });
        Assert.Equal(["three"], _sample.Documents().Select(d => d.Text));

        _sample.Import(_sample["set"], new ImportOptions { Replace = true, Split = "all" });
        Assert.Equal(3, _sample.Documents().Count);

        var error = Assert.Throws<UsageException>(() => _sample.Import(_sample["set"], new ImportOptions { Replace = true, Split = "dev" }));
        Assert.Contains("There is no split 'dev' among the data set's files; there are: test, train.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_DatasetWithConfigurations_TakesTheNamedOne()
    {
        _sample.Write("set/README.md", """
            ---
            license:
            - mit
            - apache-2.0
            configs:
            - config_name: en
              data_files:
              - split: train
                path: english/*.jsonl
              - split: test
                path:
                - english-test/*.jsonl
            - config_name: de
              data_files: german/**
            ---

            """);
        _sample.Write("set/english/a.jsonl", """{"text":"yes"}""");
        _sample.Write("set/english-test/a.jsonl", """{"text":"maybe"}""");
        _sample.Write("set/german/deep/a.jsonl", """{"text":"ja"}""");

        _sample.Import(_sample["set"], new ImportOptions { Config = "en" });
        Assert.Equal(["yes"], _sample.Documents().Select(d => d.Text));
        Assert.Null(_sample.Documents()[0].License); // two are named: which one holds can't be told

        _sample.Import(_sample["set"], new ImportOptions { Config = "de", Replace = true });
        Assert.Equal(["ja"], _sample.Documents().Select(d => d.Text));

        var several = Assert.Throws<UsageException>(() => _sample.Import(_sample["set"], new ImportOptions { Replace = true }));
        Assert.Contains("several configurations; choose one with --config: en, de", several.Message, StringComparison.Ordinal);
        var none = Assert.Throws<UsageException>(() => _sample.Import(_sample["set"], new ImportOptions { Replace = true, Config = "fr" }));
        Assert.Contains("no configuration 'fr'; it has: en, de", none.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\nlicense: [mit\nother: 1\n---\n", "isn't YAML", ", line ")]
    [InlineData("---\n- a\n- b\n---\n", "holds no names with values", ", line 2")]
    [InlineData("---\nlicense: mit\n", "never ends", ", line 1")]
    [InlineData("---\nconfigs: [5]\n---\n", "a configuration has no names with values", ", line 2")]
    public void Import_DatasetCardThatIsNotYaml_NamesTheLine(string card, string reason, string line)
    {
        _sample.Write("set/README.md", card);
        _sample.Write("set/a.jsonl", """{"text":"x"}""");

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample["set"]));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains($"README.md{line}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_FolderWithoutACard_ReadsItsReadmeAsText()
    {
        _sample.Write("in/README.md", "# Just a text");
        _sample.Write("in/train.jsonl", """{"text":"x"}""");

        _sample.Import(_sample["in"]);

        Assert.Equal(2, _sample.Documents().Count);
        var error = Assert.Throws<UsageException>(() => _sample.Import(_sample["in"], new ImportOptions { Replace = true, Split = "train" }));
        Assert.Contains("--split and --config are for a data set's folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/train-00000-of-00001.parquet", "train")]
    [InlineData("dev.jsonl", "validation")]
    [InlineData("train/eval_2.csv", "test")]
    [InlineData("en/constraint.jsonl", "train")]
    public void SplitOf_Path_GoesByItsWords(string path, string split) => Assert.Equal(split, DatasetFolder.SplitOf(path));
}
