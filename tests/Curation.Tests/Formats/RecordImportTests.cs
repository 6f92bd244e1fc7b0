using Tda.Curation.Formats;
using Tda.TestKit;

namespace Tda.Curation.Tests.Formats;

/// <summary>Records in every format and encoding: what was used, what was left out and why, in counts that add up.</summary>
public sealed class RecordImportTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly TdaHome _home;

    public RecordImportTests() => _home = new TdaHome(_temp["home"]);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Import_Fields_AreUsedOrKeptInMeta()
    {
        var report = Import(_temp.Write("in.jsonl", """
            {"id":17,"source":"web","text":"one","license":"CC0","owner":4,"title":"T","meta":{"a":1,"date":"own"},"date":"2026"}
            {"id":"x","text":"two","license":["MIT"],"nothing":null}
            {"text":"three","id":"","meta":"no object"}

            """));

        Document[] documents = [.. Documents()];
        Assert.Equal(["17", "x", DocumentId.Of("three")], documents.Select(d => d.Id));
        Assert.Equal(("CC0", "4", "web"), (documents[0].License, documents[0].Owner, documents[0].Source));
        Assert.Equal(
            ["""{"a":1,"date":"own","title":"T"}""", """{"license":["MIT"]}""", """{"meta":"no object"}"""],
            documents.Select(d => d.Meta!.ToJsonString()));
        Assert.Equal("id 2, license 1, meta 1, owner 1, source 1, text 3", Counts(report.Fields));
        Assert.Equal("license 1, meta 1, title 1", Counts(report.InMeta));
    }

    [Fact]
    public void Import_EqualTextsAndEqualIds_AreCountedApartAndOtherTextsNamed()
    {
        var report = Import(_temp.Write("in.jsonl", """
            {"id":"1","text":"first"}
            {"id":"1","text":"second"}
            {"id":"1","text":"first"}
            {"text":"free"}
            {"text":"free"}
            {"id":"2","text":"first"}
            {"id":"1","text":"third"}
            """));

        Assert.Equal(["first", "free", "first"], Documents().Select(d => d.Text)); // another id is another document
        Assert.Equal((7, 3, 1, 3, 0), (report.Read, report.Documents, report.EqualText, report.EqualId, report.TotalSkipped));
        Assert.Equal(2, report.OtherText!.Count);
        Assert.StartsWith("1 in in.jsonl line 2", report.OtherText.Examples[0], StringComparison.Ordinal);
    }

    /// <summary>Whatever is in the files, no record is lost between the counts.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Import_RandomFiles_CountsAddUp(int seed)
    {
        var random = new Random(seed);
        string[] lines = ["{\"text\":\"a\"}", "{\"text\":\"b\",\"id\":1}", "{\"text\":\"c\",\"id\":1}", "{}", "[", "{\"text\":\"\"}", "null", "{\"text\":7}", "  "];
        string Some(int count) => string.Join('\n', Enumerable.Range(0, count).Select(_ => lines[random.Next(lines.Length)]));
        _temp.Write("in/1.jsonl", Some(50));
        _temp.Write("in/2.txt", "a text");
        _temp.Write("in/sub/3.txt", "a text");
        _temp.Write("in/sub/4.bin", "other kind");
        _temp.Write("in/5.json", "[{\"text\":\"x\"},5,{\"text\":\"y\"}]");
        _temp.Write("in/6.json", "not json");
        _temp.Write("in/7.csv", "text,id\nx,9\n,8\nz,9\n");

        foreach (var most in (int?[])[null, 3])
        {
            var report = Import(_temp["in"], new ImportOptions { Replace = true, MaxDocuments = most });

            Assert.Equal(Documents().Count(), report.Documents);
            Assert.Equal(report.Read, report.Documents + report.EqualText + report.EqualId + report.TotalSkipped);
        }
    }

    [Theory]
    [InlineData("in.json", """[{"text":"one","id":1},{"text":"two","tag":"x"}]""")]
    [InlineData("in.json", "{\"text\":\"one\",\"id\":1}\n{\"text\":\"two\",\"tag\":\"x\"}\n")]
    [InlineData("in.json", "{\n  \"text\": \"one\",\n  \"id\": 1\n}\n{\"text\":\"two\",\"tag\":\"x\"}")]
    [InlineData("in.csv", "id,text,tag\n1,one,\n,two,x\n")]
    [InlineData("in.csv", "\uFEFF\"id\";\"text\";tag\r\n1;\"one\";\r\n;two;x\r\n")]
    [InlineData("in.tsv", "id\ttext\ttag\n1\tone\t\n\ttwo\tx\n")]
    [InlineData("in.dat", """ [ {"tag":"y","text":"one","id":1} , {"text":"two","tag":"x"} ] """)]
    [InlineData("in.txt", "{\"text\":\"one\",\"id\":1}\n{\"text\":\"two\",\"tag\":\"x\"}\n")]
    public void Import_RecordsInEveryFormat_AreRecordsAndNeverOneText(string name, string content)
    {
        var report = Import(_temp.Write(name, content));

        Assert.Equal([("1", "one"), (DocumentId.Of("two"), "two")], Documents().Select(d => (d.Id, d.Text)));
        Assert.Equal("x", (string)Documents().Last().Meta!["tag"]!);
        Assert.Equal((2, 2), (report.Read, report.Documents));
    }

    [Fact]
    public void Import_Csv_KeepsLineBreaksQuotesAndDelimitersInsideQuotes()
    {
        Import(_temp.Write("in.csv", "id,text\n1,\"a, \"\"b\"\"\nc;d\"\n"));

        Assert.Equal("a, \"b\"\nc;d", Documents().Single().Text);
    }

    /// <summary>A text cut at a comma would be a document that nobody wrote.</summary>
    [Fact]
    public void Import_CsvRecordOfMoreOrFewerValuesThanFields_IsSkippedAndNamed()
    {
        var report = Import(_temp.Write("in.csv", "id,text\n1,one\n2,two, or three\n3\n4,four\n"));

        Assert.Equal(["one", "four"], Documents().Select(d => d.Text));
        Assert.Equal(
            ["record of another number of values than the first line has fields: in.csv line 3 (3 of 2), in.csv line 4 (1 of 2)"],
            report.Skipped.Select(item => $"{item.Reason}: {string.Join(", ", item.Examples)}"));
    }

    [Fact]
    public void Import_RecordsWithoutAText_NameTheFieldsThatTheyHave()
    {
        var error = Assert.Throws<BadInputException>(() => Import(_temp.Write("in.csv", "title,words\na,b\n")));

        Assert.Contains("1 × record without a 'text', such as in.csv line 2 (its fields: title, words)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("in.json", """{"a":1}""", "record without a 'text'")]
    [InlineData("in.json", "[1,2]", "value that isn't a JSON object")]
    [InlineData("in.json", "hello", "file that isn't JSON")]
    [InlineData("in.json", "", "nothing in it")]
    [InlineData("in.csv", "text,text\na,b\n", "the first line names a field twice: text, text")]
    [InlineData("in.parquet", "PAR1", "file that isn't Parquet, or is damaged, such as in.parquet: Invalid: Parquet file size is 4 bytes")]
    [InlineData("in.jsonl", """{"text":"x","a":1,"a":2}""", "line that isn't JSON, such as in.jsonl line 1 (byte 0): Duplicate property 'a'")]
    [InlineData("in.jsonl", """{"text":"\ud800"}""", "half a character")]
    [InlineData("in.jsonl", """{"text":"x","title":"\ud800"}""", "half a character")]
    public void Import_WhatHoldsNoRecord_IsRefusedWithTheReason(string name, string content, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => Import(_temp.Write(name, content)));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.CorpusDirectory("c")));
    }

    /// <summary>Whatever stands behind the fault would be lost unseen.</summary>
    [Theory]
    [InlineData("in.json", """[{"text":"one"},{"text":"two"}""", "isn't JSON behind record 2")]
    [InlineData("in.json", "[\n{\"text\":\"one\"},\noops]", "file that isn't JSON, such as in.json: line 3: 'o' is an invalid start of a value")]
    [InlineData("in.csv", "id,text\n1,one\n2,tw\"o\n3,three\n", "isn't CSV behind record 1: line 3 has a quote where none may be")]
    [InlineData("in.csv", "id,text\n1,one\n2,\"two\n3,three\n", "isn't CSV behind record 1")]
    public void Import_FileThatBreaksOff_IsBadInputThatNamesThePlace(string name, string content, string message)
    {
        var error = Assert.Throws<BadInputException>(() => Import(_temp.Write(name, content)));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.CorpusDirectory("c")));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Import_ByteOrderMark_TellsTheEncodingOfEveryFormat(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        void Write(string file, string text) => _temp.Write($"in/{file}", [.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);
        Write("1.txt", "Käse 😀");
        Write("2.jsonl", "{\"text\":\"Öl\"}\n{\"text\":\"漢字\"}\n");
        Write("3.json", "[{\"text\":\"naïve\"}]");
        Write("4.csv", "text\nœuvre\n");
        Write("5.html", "<p>Straße</p>");

        var report = Import(_temp["in"]);

        Assert.Equal(["Käse 😀", "Öl", "漢字", "naïve", "œuvre", "Straße"], Documents().Select(d => d.Text));
        Assert.Equal(0, report.TotalSkipped);
    }

    [Fact]
    public void Import_Encoding_ReadsWhatHasNoMark()
    {
        Charset.Find("windows-1252"); // registers it
        var encoding = Encoding.GetEncoding(1252);
        _temp.Write("in/1.txt", encoding.GetBytes("café €"));
        _temp.Write("in/2.jsonl", encoding.GetBytes("{\"text\":\"naïve\"}\n"));
        _temp.Write("in/3.csv", encoding.GetBytes("text\nfür\n"));

        Import(_temp["in"], new ImportOptions { Encoding = "windows-1252" });

        Assert.Equal(["café €", "naïve", "für"], Documents().Select(d => d.Text));
    }

    [Fact]
    public void Import_WrongEncoding_IsNamed()
    {
        _temp.Write("in.csv", [.. "text\ncaf"u8, 0xE9, (byte)'\n']);
        Assert.Contains("isn't text of the encoding utf-8", Assert.Throws<BadInputException>(() => Import(_temp["in.csv"])).Message, StringComparison.Ordinal);
        Assert.Contains("'klingon' isn't known", Assert.Throws<UsageException>(() =>
            Import(_temp["in.csv"], new ImportOptions { Encoding = "klingon" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_DocumentTooLarge_IsSkippedAndNamedAndTheRestIsRead()
    {
        var large = new string('x', 200_000);
        _temp.Write("in/1.jsonl", $"{{\"text\":\"before\"}}\n{{\"text\":\"{large}\"}}\n{{\"text\":\"behind\"}}\n{{\"text\":\"{large}\"}}");
        _temp.Write("in/2.txt", large);
        _temp.Write("in/3.json", $"[{{\"text\":\"{large}\"}},{{\"text\":\"array\"}}]");

        var report = Import(_temp["in"], new ImportOptions { LargestDocument = 150_000 });

        Assert.Equal(["before", "behind", "array"], Documents().Select(d => d.Text));
        var skipped = Assert.Single(report.Skipped);
        Assert.Equal("document larger than 150,000 bytes", skipped.Reason);
        Assert.Equal(["1.jsonl line 2 (byte 18)", $"1.jsonl line 4 (byte {18 + 200_012 + 18})", "2.txt", "3.json record 1"], skipped.Examples);
    }

    [Fact]
    public void Import_Progress_IsInBytesAndEndsAtTheirSum()
    {
        var first = _temp.Write("in/1.jsonl", string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"text number {i}\"}}\n")));
        var second = _temp.Write("in/2.txt", "text");
        var progress = new Recorded();

        new CorpusImporter(_home, new FakeTimeProvider()).Import(_temp["in"], "c", new ImportOptions(), progress, default);

        var total = (new FileInfo(first).Length + new FileInfo(second).Length) / (double)(1 << 20);
        Assert.Equal(("MiB", total), (progress.Unit, progress.Total));
        Assert.Equal(progress.Done.Order(), progress.Done);
        Assert.Equal(total, progress.Done[^1]);
        Assert.True(progress.Done.Distinct().Count() > 2, "a file of several buffers is told of as it is read");
    }

    private ImportReport Import(string path, ImportOptions? options = null) =>
        new CorpusImporter(_home, new FakeTimeProvider()).Import(path, "c", options ?? new ImportOptions(), NullProgress.Instance, CancellationToken.None);

    private IEnumerable<Document> Documents() => Corpus.Open(_home.CorpusDirectory("c")).Documents();

    private static string Counts(IReadOnlyDictionary<string, int> fields) => string.Join(", ", fields.Select(field => $"{field.Key} {field.Value}"));

    private sealed class Recorded : IProgressSink, IProgressTask
    {
        public List<double> Done { get; } = [];

        public double Total { get; private set; }

        public string Unit { get; private set; } = "";

        public IProgressTask Start(string name, double total, string unit)
        {
            (Total, Unit) = (total, unit);
            return this;
        }

        public void Report(double done, string? detail = null) => Done.Add(done);

        public void Message(string line)
        {
        }

        public void Dispose()
        {
        }
    }
}
