using System.IO.Compression;
using System.Text.Json.Nodes;
using Tda.Core.Masks;
using Tda.Curation.Exports;
using Tda.Curation.Formats;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

public class CorpusExporterTests
{
    private static readonly Document One = new("one", "mail", "keep SECRET and 😀 HIDDEN end") { License = "MIT", Owner = "me", Meta = new JsonObject { ["a"] = 1 } };
    private static readonly Document Two = new("two", "web", "a second text");

    [Fact]
    public async Task Run_JsonLinesWithoutMask_ImportsAsTheSameDocuments()
    {
        var documents = RandomDocuments(40, seed: 1);
        using var sample = new CuratedSample([One, .. documents]);

        var report = await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null);

        var home = new TdaHome(sample["home"]);
        new CorpusImporter(home, sample.Time).Import(sample["out.jsonl"], "again", new ImportOptions(), NullProgress.Instance, default);
        Assert.Equal(Corpus.Open(sample.Plain).ContentHash, Corpus.Open(home.CorpusDirectory("again")).ContentHash);
        Assert.Equal((41, 41L), (report.Documents, report.Rows));
    }

    /// <summary>Reference: characters are looked up one by one in a table of masked ones.</summary>
    [Theory]
    [InlineData(CorpusExportMask.Cut, "")]
    [InlineData(CorpusExportMask.Redact, "[redacted]")]
    public async Task Run_CutAndRedact_EqualTheSlowReference(CorpusExportMask mode, string marker)
    {
        var documents = RandomDocuments(60, seed: 2);
        var masks = RandomMasks(documents, new ByteTokenizer(3), seed: 3);
        using var sample = new CuratedSample(documents);
        sample.Curate([.. masks.Select(Masked)]);

        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, mode);

        var expected = documents.Zip(masks, (document, mask) => Reference(document.Text, mask, marker)).Where(text => !string.IsNullOrWhiteSpace(text));
        Assert.Equal(expected, sample.Lines("out.jsonl").Select(row => row.GetProperty("text").GetString()!));
    }

    [Fact]
    public async Task Run_Weights_SpansAreCodePointsOfTheWholeText()
    {
        using var sample = new CuratedSample(One, Two);
        sample.Curate(Masked("one", [5, 11], [19, 25]), Weighed("two", .25));

        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Weights);

        var rows = sample.Lines("out.jsonl");
        Rune[] points = [.. rows[0].GetProperty("text").GetString()!.EnumerateRunes()];
        var spans = rows[0].GetProperty("masked_starts").EnumerateArray().Zip(rows[0].GetProperty("masked_ends").EnumerateArray());
        Assert.Equal(["SECRET", "HIDDEN"], spans.Select(span => string.Concat(points[span.First.GetInt32()..span.Second.GetInt32()])));
        Assert.Equal([1, .25], rows.Select(row => row.GetProperty("weight").GetDouble()));
        Assert.Equal(0, rows[1].GetProperty("masked_starts").GetArrayLength());
    }

    [Fact]
    public async Task Run_CutOfACorpusWithWeights_KeepsTheWeights()
    {
        using var sample = new CuratedSample(One, Two);
        sample.Curate(Masked("one", [0, 5]), Weighed("two", .25));

        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Cut);

        Assert.Equal([1, .25], sample.Lines("out.jsonl").Select(row => row.GetProperty("weight").GetDouble()));
    }

    [Fact]
    public async Task Run_Anything_ManifestTellsCorpusRunMaskAndHashes()
    {
        using var sample = new CuratedSample(One, Two);
        var run = sample["runs/guide-1"];
        Directory.CreateDirectory(run);
        TokenMask.Write(Path.Combine(run, CurationFiles.Mask), [new DocumentMask("one", [1], [[5, 11]])]);

        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Cut, options => options with { RunDirectory = run });

        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(sample["out.jsonl.manifest.json"]))!;
        Assert.Equal("tda.export", (string)manifest["format"]!);
        Assert.Equal(Hashing.Sha256File(sample["out.jsonl"]), (string)manifest["outputs"]!["out.jsonl"]!);
        Assert.Equal(Corpus.Open(sample.Plain).ContentHash, (string)manifest["inputs"]!["corpora/plain"]!);
        Assert.Equal(Hashing.Sha256File(Path.Combine(run, CurationFiles.Mask)), (string)manifest["inputs"]!["runs/guide-1/mask.jsonl"]!);
        Assert.Equal(("guide-1", "cut", 1, 6), ((string)manifest["details"]!["run"]!, (string)manifest["details"]!["mask"]!,
            (int)manifest["details"]!["masked_documents"]!, (int)manifest["details"]!["masked_characters"]!));
        Assert.DoesNotContain(sample.Plain, manifest.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CuratedByARun_KnowsIt()
    {
        using var sample = new CuratedSample(One, Two);
        var run = sample["runs/guide-7"];
        Directory.CreateDirectory(run);
        await File.WriteAllTextAsync(Path.Combine(run, Manifest.FileName), "{}");
        CorpusCurator.Run(
            new CurateOptions
            {
                CorpusDirectory = sample.Plain,
                OutputDirectory = sample.Curated,
                Plan = PlanFile.Of([Masked("one", [0, 4])], "the test's plan", new Dictionary<string, string>([ArtifactReference.InputOf(run)])),
            },
            sample.Time, NullProgress.Instance, default);

        var report = await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Cut);

        Assert.Equal("guide-7", report.Run);
    }

    [Fact]
    public async Task Run_PathEndsInGz_IsCompressed()
    {
        using var sample = new CuratedSample(One, Two);
        await sample.ExportAsync("out.jsonl.gz", CorpusExportFormat.Jsonl, null);

        using var text = new StreamReader(new GZipStream(File.OpenRead(sample["out.jsonl.gz"]), CompressionMode.Decompress));
        Assert.Equal(2, (await text.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Run_Text_EndsEachDocumentAndLeavesOutWhatWouldBeTwo()
    {
        using var sample = new CuratedSample(One, Two, new Document("bad", "web", $"one{TextExport.EndOfDocument}two"), new Document("none", "web", "all of it"));
        sample.Curate(Masked("one", [5, 12]), Masked("none", [0, 9]), Weighed("two", .5));

        var report = await sample.ExportAsync("out.txt", CorpusExportFormat.Text, CorpusExportMask.Cut);

        Assert.Equal("keep and 😀 HIDDEN end\n<|endoftext|>\na second text\n<|endoftext|>\n", await File.ReadAllTextAsync(sample["out.txt"]));
        Assert.Equal(["bad", "none"], report.LeftOut.SelectMany(item => item.Examples).Order());
        Assert.Contains("text can't hold weights", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CorpusWithMaskAndNothingSaidOfIt_IsRefused()
    {
        using var sample = new CuratedSample(One, Two);
        sample.Curate(Masked("one", [0, 4]));

        var error = await Assert.ThrowsAsync<UsageException>(() => sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null));

        Assert.Contains("has a token mask: say with --mask what becomes of that", error.Message, StringComparison.Ordinal);
        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.None);
        Assert.Equal(One.Text, sample.Lines("out.jsonl")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(CorpusExportFormat.Jsonl, CorpusExportMask.Cut, "no token mask to cut by")]
    [InlineData(CorpusExportFormat.Jsonl, CorpusExportMask.Weights, "neither a token mask nor document weights")]
    [InlineData(CorpusExportFormat.Jsonl, CorpusExportMask.Ids, "needs a tokenizer")]
    [InlineData(CorpusExportFormat.Text, CorpusExportMask.Weights, "holds texts only")]
    [InlineData(CorpusExportFormat.OpenaiChat, CorpusExportMask.Ids, "holds texts only")]
    [InlineData(CorpusExportFormat.Parquet, CorpusExportMask.None, "without .gz")]
    public async Task Run_OptionsThatMakeNoSense_IsWrongUsageAndLeavesNothing(CorpusExportFormat format, CorpusExportMask mask, string message)
    {
        using var sample = new CuratedSample(One, Two);

        var error = await Assert.ThrowsAsync<UsageException>(() => sample.ExportAsync("out/file.gz", format, mask));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sample["out"]));
    }

    [Fact]
    public async Task Run_RunOfAnotherCorpus_IsBadInputAndLeavesNothing()
    {
        using var sample = new CuratedSample(One, Two);
        var run = sample["run"];
        Directory.CreateDirectory(run);
        TokenMask.Write(Path.Combine(run, CurationFiles.Mask), [new DocumentMask("another", [1], [[0, 1]])]);

        var error = await Assert.ThrowsAsync<BadInputException>(() =>
            sample.ExportAsync("out/file", CorpusExportFormat.Jsonl, CorpusExportMask.Cut, options => options with { RunDirectory = run }));

        Assert.Contains("1 documents that the corpus plain does not have, such as another", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(sample["out"]));

        TokenMask.Write(Path.Combine(run, CurationFiles.Mask), [new DocumentMask("two", [1], [[0, 99]])]);
        error = await Assert.ThrowsAsync<BadInputException>(() =>
            sample.ExportAsync("out/file", CorpusExportFormat.Jsonl, CorpusExportMask.Cut, options => options with { RunDirectory = run }));
        Assert.Contains("document two is masked up to character 99, but has 13", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RunThatIsNotThereOrHasNoMask_IsBadInput()
    {
        using var sample = new CuratedSample(One, Two);
        Directory.CreateDirectory(sample["empty"]);

        foreach ((var run, var reason) in (List<(string, string)>)[("none", "there is no such run"), ("empty", "neither a token mask nor weights")])
        {
            var error = await Assert.ThrowsAsync<BadInputException>(() => sample.ExportAsync(
                "out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Cut, options => options with { RunDirectory = sample[run] }));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_RunOfTheCorpusThatSomeWereDroppedFrom_IsTaken()
    {
        using var sample = new CuratedSample(One, Two);
        var run = sample["run"];
        Directory.CreateDirectory(run);
        TokenMask.Write(Path.Combine(run, CurationFiles.Mask), [new DocumentMask("one", [1], [[0, 4]]), new DocumentMask("two", [1], [[0, 2]])]);
        sample.Curate(Dropped("one"));

        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Cut, options => options with { RunDirectory = run });

        Assert.Equal("second text", Assert.Single(sample.Lines("out.jsonl")).GetProperty("text").GetString());
    }

    [Fact]
    public async Task Run_PlaceThatIsTaken_IsRefusedUnlessReplaced()
    {
        using var sample = new CuratedSample(One, Two);
        await File.WriteAllTextAsync(sample["out.jsonl"], "mine");

        await Assert.ThrowsAsync<UsageException>(() => sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null));

        Assert.Equal("mine", await File.ReadAllTextAsync(sample["out.jsonl"]));
        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null, options => options with { Replace = true });
        Assert.Equal(2, sample.Lines("out.jsonl").Length);
    }

    /// <summary>--replace on a folder of one's own would have removed everything in it.</summary>
    [Fact]
    public async Task Run_FolderThatIsNoExport_IsNeverReplaced()
    {
        using var sample = new CuratedSample(One, Two);
        foreach (var folder in (string[])["mine", "set.part"])
        {
            await File.WriteAllTextAsync(sample[$"{folder}/thesis.tex"], "years of work");

            var error = await Assert.ThrowsAsync<UsageException>(() =>
                sample.ExportAsync(folder.Split('.')[0], CorpusExportFormat.Hf, null, options => options with { Replace = true }));

            Assert.Contains($"{folder} is a folder that tda didn't export", error.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(sample[$"{folder}/thesis.tex"]));
        }

        Directory.Delete(sample["set.part"], recursive: true);
        await sample.ExportAsync("set", CorpusExportFormat.Hf, null);
        await sample.ExportAsync("set", CorpusExportFormat.Hf, null, options => options with { Replace = true });
    }

    [Theory]
    [InlineData(CorpusExportFormat.Jsonl)]
    [InlineData(CorpusExportFormat.Parquet)]
    [InlineData(CorpusExportFormat.Hf)]
    public async Task Run_Stopped_LeavesNothing(CorpusExportFormat format)
    {
        using var sample = new CuratedSample(One, Two);
        await Assert.ThrowsAsync<OperationCanceledException>(() => CorpusExporter.RunAsync(
            new CorpusExportOptions { CorpusDirectory = sample.Plain, OutputPath = sample["out/file"], As = format },
            sample.Time, NullProgress.Instance, new CancellationToken(canceled: true)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(sample["out"]));
    }

    /// <summary>Every write of the data, or of the manifest, fails as on a full disk: neither may stand alone.</summary>
    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.manifest.json")]
    public async Task Run_DiskFull_NamesThePlaceAndLeavesWhatWasThere(string full)
    {
        Assert.SkipUnless(FullDisk.IsAvailable, "there is no /dev/full here");
        using var sample = new CuratedSample(RandomDocuments(2000, seed: 4));
        await sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null);
        var before = (await File.ReadAllTextAsync(sample["out.jsonl"]), await File.ReadAllTextAsync(sample["out.jsonl.manifest.json"]));
        FullDisk.At(sample[full]);

        var error = await Assert.ThrowsAsync<TdaException>(() =>
            sample.ExportAsync("out.jsonl", CorpusExportFormat.Jsonl, null, options => options with { Replace = true }));

        Assert.Equal(1, error.ExitCode);
        Assert.Contains(full, error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await File.ReadAllTextAsync(sample["out.jsonl"]), await File.ReadAllTextAsync(sample["out.jsonl.manifest.json"])));
        Assert.False(File.Exists(sample["out.jsonl.part"]));
    }

    private static string Reference(string text, DocumentMask mask, string marker)
    {
        var result = "";
        for (var i = 0; i < text.Length; i++)
        {
            var span = mask.Spans.FirstOrDefault(span => span[0] <= i && i < span[1]);
            result += span is null ? text[i].ToString() : span[0] == i ? marker : "";
        }

        return result;
    }
}
