using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Deduplication;

/// <summary>The stages as plans name them.</summary>
public sealed class DuplicatePlanTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Read_Stages_StateTheirRules() => Assert.Equal(
        [
            "exact: the same text but for white space; keeps the longest",
            "exact: the same words; prefers handbook, wiki, keeps the oldest by meta.sent",
            "minhash: Jaccard similarity of word 5-grams ≥ 0.8, pairs found by 17 bands of 7 rows; keeps the longest",
            "minhash: Jaccard similarity of word 3-grams ≥ 0.9, pairs found by 10 bands of 12 rows; keeps the longest",
            "substrings: drops at ≥ 0.5 of the words in runs of 50 that stand elsewhere; keeps the longest",
            "substrings: masks at ≥ 0 of the words in runs of 30 that stand elsewhere; keeps the longest",
        ],
        Read(
            """
            stages:
              - exact
              - exact: { normalise: words, keep: oldest, date_field: sent, prefer: [handbook, wiki] }
              - minhash
              - minhash: { threshold: .9, words: 3, recall: .95 }
              - substrings
              - substrings: { words: 30, action: mask }
              - semantic: { threshold: .95 }
            """).Stages.Take(6).Select(stage => stage.Stage.Rule));

    [Fact]
    public void Read_OptionsOutOfRange_AreToldAtOnce()
    {
        var error = Assert.Throws<BadInputException>(() => Read(
            "stages:\n  - minhash: { threshold: 1.2, words: 0 }\n  - exact: { normalise: all, date_field: sent }\n  - semantic: { treshold: .9 }\n"));

        Assert.EndsWith(
            "line 2: threshold is '1.2'; it must be a number between 0.2 and 1; line 2: words is '0'; it must be a whole number between 1 and 50; "
            + "line 3: normalise is 'all'; it must be one of none, whitespace, words; line 3: date_field: it is for keep: oldest; "
            + "line 4: there is no option 'treshold' here. Did you mean 'threshold'?",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_Cancelled_StopsEveryStage()
    {
        Document[] documents = [new("a", "s", "one two three four five six"), new("b", "s", "one two three four five six seven")];
        foreach (var kind in new[] { "exact", "minhash", "substrings", "semantic" })
        {
            var stage = Read($"stages: [{kind}]").Stages[0].Stage;

            Assert.ThrowsAny<OperationCanceledException>(
                () => stage.Decide(StageDocuments.Of(documents), new StageContext(NullProgress.Instance, new CancellationToken(canceled: true))).ToList());
        }
    }

    [Fact]
    public void Decide_NoDocuments_DecidesNothing()
    {
        foreach (var kind in new[] { "exact", "minhash", "substrings", "semantic" })
        {
            Assert.Empty(Read($"stages: [{kind}]").Stages[0].Stage.Run([]));
        }
    }

    public void Dispose() => _directory.Dispose();

    private PlanFile Read(string text) => PlanFile.Read(_directory.Write("curation.yaml", text), new StageServices());
}
