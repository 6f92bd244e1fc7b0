using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Core.Tests.Corpora;

public sealed class CorpusTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Commit_ThenOpen_GivesDocumentsSourcesAndLedger()
    {
        Document[] documents =
        [
            new(DocumentId.Of("one"), "a", "one") { License = "CC0", Owner = "me", Meta = new JsonObject { ["k"] = 1 } },
            new("two", "b", "twö 日本"),
            new("three", "a", "three"),
        ];
        var entry = new LedgerEntry("two", "drop", "top-scores", "1") { Value = 3.5, Threshold = 2, Override = "kept: quoted" };
        using (var writer = CorpusWriter.Create(_temp["c"], _time))
        {
            Assert.All(documents, document => Assert.True(writer.Add(document)));
            Assert.False(writer.Add(documents[1]));
            Assert.Equal(1, writer.Duplicates);
            writer.AddLedger(entry);
            writer.Commit();
        }

        var corpus = Corpus.Open(_temp["c"]);
        Assert.Equal("c", corpus.Name);
        Assert.Equal(3, corpus.Count);
        Assert.Equal(new Dictionary<string, int> { ["a"] = 2, ["b"] = 1 }, corpus.Sources);
        Assert.Equal(documents.Select(d => (d.Id, d.Source, d.Text, d.License, d.Owner)), corpus.Documents().Select(d => (d.Id, d.Source, d.Text, d.License, d.Owner)));
        Assert.Equal(1, (int)corpus.Documents().First().Meta!["k"]!);
        Assert.Equal([entry], corpus.Ledger());
        Assert.True(File.Exists(Path.Combine(_temp["c"], "documents-00000.jsonl.gz")));
    }

    [Fact]
    public void ContentHash_SameDocuments_IsTheSameAndOthersDiffer()
    {
        var first = Make("c1", "x", "y").ContentHash;
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(first, Make("c2", "x", "y").ContentHash);
        Assert.NotEqual(first, Make("c3", "x", "z").ContentHash);
    }

    [Fact]
    public void Commit_NoDocuments_IsBadInputAndLeavesNothing()
    {
        using (var writer = CorpusWriter.Create(_temp["c"], _time))
        {
            Assert.Throws<BadInputException>(writer.Commit);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp.Path));
    }

    [Fact]
    public void Open_DamagedShard_IsRefusedByName()
    {
        Make("c", "x", "y");
        var shard = Path.Combine(_temp["c"], "documents-00000.jsonl.gz");
        var bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(shard, bytes[..^3]);
        var error = Assert.Throws<BadInputException>(() => Corpus.Open(_temp["c"]));
        Assert.Equal(shard, error.Path);
        Assert.Throws<BadInputException>(() => Corpus.Open(_temp["c"], verify: false).Documents().ToList());
    }

    [Fact]
    public void Documents_FewerThanTheManifestSays_IsBadInput()
    {
        Make("c", "x", "y");
        var manifest = Path.Combine(_temp["c"], "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"documents\": 2", "\"documents\": 3", StringComparison.Ordinal));
        Assert.Throws<BadInputException>(() => Corpus.Open(_temp["c"]).Documents().ToList());
    }

    [Fact]
    public void Dispose_WithoutCommit_LeavesThePreviousCorpus()
    {
        Make("c", "x");
        using (var writer = CorpusWriter.Create(_temp["c"], _time, replace: true))
        {
            writer.Add(new Document("new", "s", "new"));
        }

        Assert.Equal(["x"], Corpus.Open(_temp["c"]).Documents().Select(d => d.Text));
    }

    [Fact]
    public void DocumentIdOf_Text_IsTheFirst128BitsOfItsHash() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223", DocumentId.Of("abc"));

    private Corpus Make(string name, params string[] texts)
    {
        using var writer = CorpusWriter.Create(_temp[name], _time);
        foreach (var text in texts)
        {
            writer.Add(new Document(DocumentId.Of(text), "s", text));
        }

        return writer.Commit();
    }
}
