using System.IO.Compression;
using Tda.Curation.Formats;
using Tda.TestKit;

namespace Tda.Curation.Tests.Formats;

public sealed class CorpusImporterTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly TdaHome _home;

    public CorpusImporterTests() => _home = new TdaHome(_temp["home"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Import_JsonLines_TakesFieldsAndSkipsWhatIsNone()
    {
        var path = _temp.Write("in.jsonl", [.. Encoding.UTF8.GetBytes("""
            {"id":"d1","source":"web","text":"one","license":"CC0","owner":"me","meta":{"a":1},"unknown":2}
            {"text":"two"}

            {"id":"d1","text":"again"}
            {"txt":"no text"}
            {"text":5}
            not json
            {"text":"  "}
            [1]
            null

            """), .. "{\"text\":\""u8, 0xff, .. "\"}\n"u8]);
        var report = Import(path);
        var corpus = Corpus.Open(_home.CorpusDirectory("c"));
        Document[] documents = [.. corpus.Documents()];
        Assert.Equal([("d1", "web", "one"), (DocumentId.Of("two"), "in", "two")], documents.Select(d => (d.Id, d.Source, d.Text)));
        Assert.Equal(("CC0", "me", 1), (documents[0].License, documents[0].Owner, (int)documents[0].Meta!["a"]!));
        Assert.Equal(2, (int)documents[0].Meta!["unknown"]!);
        Assert.Equal((10, 2, 1), (report.Read, report.Documents, report.EqualId));
        Assert.Equal(7, report.TotalSkipped);
        Assert.Equal(1, Skipped(report, "without a 'text'").Count);
        Assert.Equal(1, Skipped(report, "'text' isn't a text").Count);
        Assert.Equal(2, Skipped(report, "isn't a JSON object").Count);
        Assert.Equal(1, Skipped(report, "isn't JSON").Count);
        Assert.Equal(1, Skipped(report, "isn't UTF-8").Count);
        Assert.Contains("in.jsonl line 5", Skipped(report, "without a 'text'").Examples[0], StringComparison.Ordinal);
        Assert.NotNull(corpus.Manifest.Details["import"]);
    }

    [Fact]
    public void Import_GzipJsonLines_IsRead()
    {
        var path = _temp.Write("in.jsonl.gz", Gzip("{\"text\":\"one\"}\n{\"text\":\"two\"}\n"));
        Assert.Equal(2, Import(path).Documents);
        Assert.Equal(["in"], Corpus.Open(_home.CorpusDirectory("c")).Sources.Keys);
    }

    [Fact]
    public void Import_GzipTruncatedAnywhere_IsBadInputAndLeavesNothing()
    {
        var whole = Gzip(string.Concat(Enumerable.Range(0, 20).Select(i => $"{{\"text\":\"text {i * 31 % 17}{i}\"}}\n")));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = _temp.Write("in.jsonl.gz", whole[..length]);
            Assert.Throws<BadInputException>(() => Import(path));
            Assert.Empty(Directory.EnumerateFileSystemEntries(_home.CorporaDirectory));
        }
    }

    [Fact]
    public void Import_FolderOfTextsAndMails_TakesSubFoldersAsSources()
    {
        _temp.Write("in/b/second.txt", "\uFEFFSecond  \r\ntext\r\n");
        _temp.Write("in/a/00001.7c53336b37003a9286aba55d2945844c", "From x\nReturn-Path: <x>\nSubject: Buy\n\nnow\n");
        _temp.Write("in/a/deep/page.html", "<p>page</p>");
        _temp.Write("in/top.md", "top");
        _temp.Write("in/more.jsonl", "{\"text\":\"line\"}\n");
        _temp.Write("in/data.xml", "<a/>");
        _temp.Write("in/.hidden", "hidden");
        var report = Import(_temp["in"]);
        Assert.Equal(
            [("a", "Subject: Buy\n\nnow"), ("a/deep", "page"), ("b", "Second\ntext"), ("in", "line"), ("in", "top")],
            Corpus.Open(_home.CorpusDirectory("c")).Documents().Select(d => (d.Source, d.Text)));
        Assert.Equal(["data.xml"], Skipped(report, ".xml").Examples);
        Assert.Equal(1, report.TotalSkipped);
    }

    [Fact]
    public void Import_DocumentsThatCannotBeUsed_AreCountedWithReasonAndPath()
    {
        _temp.Write("in/good.txt", "good");
        _temp.Write("in/latin.txt", [(byte)'c', (byte)'a', (byte)'f', 0xe9]);
        _temp.Write("in/binary.txt", [(byte)'a', 0, (byte)'b']);
        _temp.Write("in/empty.txt", " \n\n");
        _temp.Write("in/mail.eml", [.. "From: a\nTo: b\n\ncaf"u8, 0xe9]);
        _temp.Write("in/picture.eml", "From: a\nTo: b\nContent-Type: image/gif\n\nGIF");
        _temp.Write("in/same.txt", "good");
        File.CreateSymbolicLink(_temp["in/dangling.txt"], _temp["nowhere"]);
        Directory.CreateSymbolicLink(_temp["in/loop"], _temp["in"]);
        var report = Import(_temp["in"]);
        Assert.Equal((9, 1, 1), (report.Read, report.Documents, report.EqualText));
        Assert.Equal("latin.txt (byte 3)", Skipped(report, "isn't UTF-8").Examples[0]);
        Assert.Equal("binary.txt", Skipped(report, "binary").Examples[0]);
        Assert.Equal("empty.txt", Skipped(report, "empty").Examples[0]);
        Assert.Equal("mail.eml", Skipped(report, "no charset").Examples[0]);
        Assert.Equal("picture.eml", Skipped(report, "no text").Examples[0]);
        Assert.StartsWith("dangling.txt", Skipped(report, "can't be read").Examples[0], StringComparison.Ordinal);
        Assert.Equal("loop", Skipped(report, "link to a folder").Examples[0]);
        Assert.Equal(7, report.TotalSkipped);
    }

    [Fact]
    public void Import_Limits_SkipStopAndCut()
    {
        _temp.Write("in/1.txt", "tiny");
        _temp.Write("in/2.txt", "long enough 😀 tail");
        _temp.Write("in/3.txt", "also long enough");
        _temp.Write("in/4.txt", "never reached at all");
        var report = Import(_temp["in"], new ImportOptions { MinCharacters = 5, MaxCharacters = 13, MaxDocuments = 2 });
        Assert.Equal(["long enough ", "also long eno"], Corpus.Open(_home.CorpusDirectory("c")).Documents().Select(d => d.Text));
        Assert.Equal(2, report.Truncated);
        Assert.Equal(1, Skipped(report, "shorter than 5").Count);
    }

    [Theory]
    [InlineData("in")]
    [InlineData("in/empty.txt")]
    [InlineData("in/bad.jsonl")]
    [InlineData("nowhere")]
    public void Import_NothingUsable_IsBadInputWithReasons(string name)
    {
        _temp.Write("in/empty.txt", "");
        _temp.Write("in/bad.jsonl", "{}\n");
        var error = Assert.Throws<BadInputException>(() => Import(Path.Combine(_temp.Path, name)));
        Assert.Equal(3, error.ExitCode);
        Assert.False(Directory.Exists(_home.CorpusDirectory("c")));
    }

    [Fact]
    public void Import_OptionsOutOfRange_NamesThemAll()
    {
        var error = Assert.Throws<UsageException>(() => Import(_temp.Path, new ImportOptions { MaxDocuments = 0, MinCharacters = 0, MaxCharacters = -1 }));
        Assert.Contains("largest number of documents is 0; it must be at least 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("smallest number of characters", error.Message, StringComparison.Ordinal);
        Assert.Contains("largest number of characters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ExistingCorpus_IsKeptUnlessReplaced()
    {
        var path = _temp.Write("in.jsonl", "{\"text\":\"one\"}\n");
        Import(path);
        Assert.Throws<UsageException>(() => Import(path));
        Assert.Equal(1, Import(path, new ImportOptions { Replace = true }).Documents);
    }

    [Fact]
    public void Import_Cancelled_LeavesThePreviousCorpus()
    {
        var path = _temp.Write("in.jsonl", "{\"text\":\"one\"}\n");
        Import(path);
        var importer = new CorpusImporter(_home, new FakeTimeProvider());
        Assert.Throws<OperationCanceledException>(() =>
            importer.Import(path, "c", new ImportOptions { Replace = true }, NullProgress.Instance, new CancellationToken(canceled: true)));
        Assert.Equal(1, Corpus.Open(_home.CorpusDirectory("c")).Count);
    }

    private ImportReport Import(string path, ImportOptions? options = null) =>
        new CorpusImporter(_home, new FakeTimeProvider()).Import(path, "c", options ?? new ImportOptions(), NullProgress.Instance, CancellationToken.None);

    private static SkippedDocuments Skipped(ImportReport report, string reason) =>
        Assert.Single(report.Skipped, item => item.Reason.Contains(reason, StringComparison.Ordinal));

    private static byte[] Gzip(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return buffer.ToArray();
    }
}
