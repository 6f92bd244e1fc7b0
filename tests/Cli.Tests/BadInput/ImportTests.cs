using System.IO.Compression;
using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>Documents that can't be read: named with their place, left out, and nothing else is lost.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Import_NoUsableDocument_Is3AndLeavesNoCorpus()
    {
        _tda.Folder.Write("empty.jsonl", "");
        _tda.Folder.Write("latin.jsonl", [.. "{\"text\":\""u8, 0xE9, 0xE8, .. "\"}\n"u8]);
        Directory.CreateDirectory(_tda.Folder["folder/none"]);

        foreach (var path in (string[])["empty.jsonl", "latin.jsonl", "folder"])
        {
            var result = await _tda.FailsAsync(3, "corpus", "import", path, "--name", "web");
            Assert.Contains($"{path}: holds no usable document", result.Error, StringComparison.Ordinal);
        }

        Assert.Empty((await _tda.JsonAsync("corpus", "list")).AsArray());
    }

    [Fact]
    public async Task Import_SomeDocumentsUnusable_CountsThemByReasonAndKeepsTheRest()
    {
        _tda.Folder.Write("texts/good/a.txt", "the river is calm");
        _tda.Folder.Write("texts/good/b.txt", [.. "caf"u8, 0xE9, .. " au lait"u8]);
        _tda.Folder.Write("texts/good/c.txt", "");
        _tda.Folder.Write("texts/bad/d.txt", "the river is calm"); // a's text, so a's id

        var result = await _tda.RunAsync("corpus", "import", "texts", "--name", "web");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("b.txt", result.Output, StringComparison.Ordinal);
        Assert.Contains("UTF-8", result.Output, StringComparison.Ordinal);
        Assert.Contains("web: 1 documents of 4 read", result.Output, StringComparison.Ordinal);
        Assert.Contains("left out: 1 of equal text, 0 of equal id", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, (int)(await _tda.JsonAsync("corpus", "show", "web"))["documents"]!);
    }

    [Fact]
    public async Task Import_SameIdTwice_KeepsTheFirstAndSaysSo()
    {
        _tda.Folder.Write("d.jsonl", """
            {"id":"1","source":"a","text":"first"}
            {"id":"1","source":"a","text":"second"}
            """);

        var result = await _tda.RunAsync("corpus", "import", "d.jsonl", "--name", "web");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("fields used: id, source, text", result.Output, StringComparison.Ordinal);
        Assert.Contains("left out: 0 of equal text, 1 of equal id", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 of these ids came with another text, e.g. 1 in d.jsonl line 2", result.Output, StringComparison.Ordinal);
        Assert.Equal("first", (string)(await _tda.JsonAsync("corpus", "show", "web"))["first"]![0]!["text"]!);
    }

    [Fact]
    public async Task Import_FileWhoseReadsFail_Is3AndLeavesNoCorpus()
    {
        // Readable by its permissions, and yet every read fails, as on a broken disk.
        File.CreateSymbolicLink(_tda.Folder["broken.jsonl"], "/proc/self/mem");

        var result = await _tda.FailsAsync(3, "corpus", "import", "broken.jsonl", "--name", "web");

        Assert.Contains("broken.jsonl (byte 0): can't be read", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("corpora", "web")));
    }

    [Fact]
    public async Task Import_TruncatedGzip_Is3AndKeepsTheCorpusThatWasThere()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 9);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        var whole = Gzip(await File.ReadAllBytesAsync(_tda.Folder["docs.jsonl"]));
        _tda.Folder.Write("cut.jsonl.gz", whole[..(whole.Length / 2)]);

        var result = await _tda.FailsAsync(3, "corpus", "import", "cut.jsonl.gz", "--name", "web", "--replace");

        Assert.Contains("cut.jsonl.gz", result.Error, StringComparison.Ordinal);
        Assert.Equal(9, (int)(await _tda.JsonAsync("corpus", "show", "web"))["documents"]!);
    }

    [Fact]
    public async Task Import_NameThatIsTaken_Is2AndChangesNothing()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 9);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        SampleDocuments.Write(_tda.Folder["others.jsonl"], documents: 12);

        var result = await _tda.FailsAsync(2, "corpus", "import", "others.jsonl", "--name", "web");

        Assert.Contains("exists already", result.Error, StringComparison.Ordinal);
        Assert.Equal(9, (int)(await _tda.JsonAsync("corpus", "show", "web"))["documents"]!);
        Assert.Equal(12, (int)(await _tda.JsonAsync("corpus", "import", "others.jsonl", "--name", "web", "--replace"))["documents"]!);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return memory.ToArray();
    }
}
