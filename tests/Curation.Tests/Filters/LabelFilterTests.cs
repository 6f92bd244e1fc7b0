using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Filters;

public sealed class LabelFilterTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly Corpus _corpus;

    public LabelFilterTests()
    {
        using var writer = CorpusWriter.Create(Path.Combine(_folder.Path, "mail"), new FakeTimeProvider());
        for (var i = 0; i < 4; i++)
        {
            writer.Add(new Document($"d{i}", "s", $"text {i}"));
        }

        _corpus = writer.Commit();
        using var labels = CorpusLabelWriter.Start(_corpus, "rules", "rules (1)");
        for (var i = 0; i < 4; i++)
        {
            labels.Add(new DocumentLabels($"d{i}", i == 3 ? new Dictionary<string, double>() : new Dictionary<string, double> { ["toxic"] = i / 2d }));
        }

        labels.Commit(["toxic"], new FakeTimeProvider());
    }

    [Theory]
    [InlineData("drop: toxic>=.5", "d1:label d2:label")]
    [InlineData("drop: toxic", "d1:label d2:label")]
    [InlineData("drop: rules/toxic>.5", "d2:label")]
    [InlineData("keep: toxic<.5", "d1:label_not_met d2:label_not_met")]
    [InlineData("keep: toxic<.5, missing: drop", "d1:label_not_met d2:label_not_met d3:label_missing")]
    public void Decide_Condition_DropsByIt(string options, string expected) => Assert.Equal(
        expected, string.Join(' ', Judging.Decide(Stage(options), [.. _corpus.Documents()]).Select(decision => $"{decision.Id}:{decision.Reason}")));

    [Fact]
    public void Decide_Decision_TellsValueThresholdAndLabeler()
    {
        var decision = Judging.Decide(Stage("drop: toxic>=.5"), [.. _corpus.Documents()])[0];

        Assert.Equal((.5, .5, "toxic by rules (1)"), (decision.Value, decision.Threshold, decision.Evidence));
    }

    [Fact]
    public void Inputs_LabelSet_IsNamedWithItsHash() =>
        Assert.Equal(Hashing.Sha256File(Path.Combine(_corpus.Directory, "labels.rules.jsonl")), Stage("drop: toxic").Inputs["labels of mail, rules"]);

    [Fact]
    public void Decide_NoSuchLabel_SaysWhichThereAre() => Assert.Contains(
        "has no label 'spam'; it has rules/toxic", Assert.Throws<BadInputException>(() => Judging.Decide(Stage("drop: spam"), new Document("d", "s", "x"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("label", "drop: give one condition")]
    [InlineData("label: { drop: a, keep: b }", "drop: give one condition")]
    [InlineData("label: { drop: toxic>=5 }", "isn't a condition on a label")]
    [InlineData("label: { drop: toxic }", "corpus: name the corpus")]
    public void Stage_WrongOptions_AreRefused(string yaml, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Judging.Stage(yaml)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private ICurationStage Stage(string options) => Judging.Stage($"label: {{ {options} }}", _folder.Path, new StageServices { Corpus = _corpus.Directory });
}
