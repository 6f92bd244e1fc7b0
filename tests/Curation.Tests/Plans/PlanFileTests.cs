using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Plans;

public sealed class PlanFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Read_StagesWithAndWithoutOptions_AreInOrder()
    {
        var plan = Read("stages:\n  - length: { min_words: 2 }\n  - length\n");

        Assert.Equal(["length: 2 to 100000 words", "length: 50 to 100000 words"], plan.Stages.Select(stage => stage.Stage.Rule));
        Assert.Equal([2, 3], plan.Stages.Select(stage => stage.Line));
    }

    [Fact]
    public void Read_SeveralMistakes_AreToldAtOnceWithTheirLines()
    {
        var error = Assert.Throws<BadInputException>(() => Read(
            "stages:\n  - lenght: {}\n  - length:\n      min_words: -1\n      max_word: 3\n  - length: { min_words: 9, max_words: 3 }\nseeds: 1\n"));

        Assert.EndsWith(
            "line 2: there is no stage 'lenght'. Did you mean 'length'?; "
            + "line 4: min_words is '-1'; it must be a whole number of at least 0; "
            + "line 5: there is no option 'max_word' here. Did you mean 'max_words'?; "
            + "line 6: max_words: it is below min_words, 9; "
            + "line 7: there is no setting 'seeds'; a plan has 'stages'",
            error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "isn't one YAML mapping")]
    [InlineData("stages: []", "'stages' must be a list of stages")]
    [InlineData("stages: [{ length: { min_words: 1, min_words: 2 } }]", "isn't YAML")]
    [InlineData("stages:\n  - [length]", "line 2: a stage is one name with a mapping of its options")]
    public void Read_NoPlan_SaysWhatIsWrong(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Decide_Length_CountsWords()
    {
        var stage = Read("stages: [{ length: { min_words: 2, max_words: 3 } }]").Stages[0].Stage;
        Document[] documents = [new("a", "s", "one"), new("b", "s", " one\ttwo "), new("c", "s", "one two three\nfour")];

        var decisions = stage.Decide(StageDocuments.Of(documents), new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken)).ToList();

        Assert.Equal(
            [("a", "too_short", 1.0, 2.0), ("c", "too_long", 4.0, 3.0)],
            decisions.Select(d => (d.Id, d.Reason!, d.Value!.Value, d.Threshold!.Value)));
        Assert.All(decisions, d => Assert.Equal(CurationAction.Drop, d.Action));
    }

    public void Dispose() => _directory.Dispose();

    private PlanFile Read(string text)
    {
        var path = Path.Combine(_directory.Path, "curation.yaml");
        File.WriteAllText(path, text);
        return PlanFile.Read(path, new StageServices());
    }
}
