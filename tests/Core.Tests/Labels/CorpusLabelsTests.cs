using Tda.TestKit;

namespace Tda.Core.Tests.Labels;

public sealed class CorpusLabelsTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly Corpus _corpus;

    public CorpusLabelsTests()
    {
        using var writer = CorpusWriter.Create(Path.Combine(_folder.Path, "mail"), new FakeTimeProvider());
        for (var i = 0; i < 5; i++)
        {
            writer.Add(new Document($"d{i}", "s", $"text {i}"));
        }

        _corpus = writer.Commit();
    }

    [Fact]
    public void Commit_Set_IsReadBack_AndTheCorpusStaysWhole()
    {
        Label("rules", "rules (1)", 5);

        var labels = CorpusLabels.Open(_corpus.Directory);
        var set = Assert.Single(labels.Sets);
        Assert.Equal(("rules", "rules (1)", 5), (set.Name, set.By, set.Documents));
        Assert.Equal(.75, labels.Values("harm")["d3"]);
        Assert.False(labels.Values("harm").ContainsKey("d4")); // it said nothing of d4
        Assert.Equal(_corpus.ContentHash, Corpus.Open(_corpus.Directory).ContentHash); // verifies every file
        Assert.Equal(["labels.rules.jsonl"], Directory.EnumerateFiles(_corpus.Directory, "labels.*").Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Start_StoppedRun_GoesOnBehindTheLastWholeLine()
    {
        using (var stopped = CorpusLabelWriter.Start(_corpus, "rules", "rules (1)"))
        {
            stopped.Add(LabelsOf(0));
            stopped.Add(LabelsOf(1));
        }

        var kept = Path.Combine(_corpus.Directory, "labels.rules.unfinished");
        File.AppendAllText(kept, "{\"id\":\"d2\",\"val"); // killed amid a line

        Label("rules", "rules (1)", 5, done: 2);

        Assert.False(File.Exists(kept));
        var whole = Path.Combine(_corpus.Directory, "labels.rules.jsonl");
        var resumed = File.ReadAllBytes(whole);
        Label("rules", "rules (1)", 5);
        Assert.Equal(resumed, File.ReadAllBytes(whole));
    }

    [Fact]
    public void Start_AnotherLabeler_StartsAnew()
    {
        using (var stopped = CorpusLabelWriter.Start(_corpus, "rules", "rules (1)"))
        {
            stopped.Add(LabelsOf(0));
        }

        Label("rules", "rules (2)", 5, done: 0);
        Assert.Equal("rules (2)", Assert.Single(CorpusLabels.Open(_corpus.Directory).Sets).By);
    }

    [Fact]
    public void Find_LabelOfTwoSets_NeedsTheSetsName()
    {
        Label("rules", "rules (1)", 5);
        Label("model", "model (1)", 5);
        var labels = CorpusLabels.Open(_corpus.Directory);

        Assert.Equal("model", labels.Find("model/harm").Set.Name);
        Assert.Contains("rules/harm", Assert.Throws<BadInputException>(() => labels.Find("harm")).Message, StringComparison.Ordinal);
        Assert.Contains("model/harm", Assert.Throws<BadInputException>(() => labels.Find("toxic")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_FileChanged_IsRefused()
    {
        Label("rules", "rules (1)", 5);
        File.AppendAllText(Path.Combine(_corpus.Directory, "labels.rules.jsonl"), "\n");

        Assert.Throws<BadInputException>(() => CorpusLabels.Open(_corpus.Directory).Values("harm"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../out")]
    public void Start_BadName_IsRefused(string name) => Assert.Throws<UsageException>(() => CorpusLabelWriter.Start(_corpus, name, "x"));

    public void Dispose() => _folder.Dispose();

    private static DocumentLabels LabelsOf(int i) => new($"d{i}", i == 4 ? [] : new Dictionary<string, double> { ["harm"] = i / 4.0 });

    private void Label(string set, string by, int count, int done = 0)
    {
        using var writer = CorpusLabelWriter.Start(_corpus, set, by);
        Assert.Equal(done, writer.Done);
        for (var i = done; i < count; i++)
        {
            writer.Add(LabelsOf(i));
        }

        writer.Commit(["harm"], new FakeTimeProvider());
    }
}
