using Tda.Labels.Judges;
using Tda.Labels.Labelers;

namespace Tda.Labels.Tests.Labelers;

public sealed class JudgeLabelerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task LabelAsync_Verdicts_BecomeValuesThatSayTheSame(int concurrency)
    {
        var labeler = new JudgeLabeler(new Scripted(text => text switch
        {
            "sure" => new Judgement(true),
            "likely" => new Judgement(true, .3), // above the judge's own threshold
            "unlikely" => new Judgement(false, .8),
            "fine" => new Judgement(false),
            _ => new Judgement(null, Unclear: "hm"),
        }), "harm", concurrency);

        var results = await LabelAsync(labeler, "sure", "likely", "unlikely", "fine", "?");

        Assert.Equal([1, .5, .499, 0], results.Take(4).Select(result => result.Values["harm"]));
        Assert.Empty(results[4].Values);
        Assert.Equal("hm", results[4].Unclear);
    }

    [Fact]
    public async Task LabelAsync_JudgeFails_GivesWhatCameBefore()
    {
        var labeler = new JudgeLabeler(new Scripted(text => text == "down" ? throw new TdaException("gone") : new Judgement(true)), "harm", 1);
        List<LabelResult> given = [];

        var error = await Assert.ThrowsAsync<TdaException>(async () =>
        {
            await foreach (var result in labeler.LabelAsync(Inputs("a", "b", "down", "c"), TestContext.Current.CancellationToken))
            {
                given.Add(result);
            }
        });

        Assert.Equal("gone", error.Message);
        Assert.Equal([0, 1], given.Select(result => result.Index));
    }

    private static IAsyncEnumerable<LabelInput> Inputs(params string[] texts) => texts.Select((text, i) => new LabelInput(i, "", text)).ToAsyncEnumerable();

    private static async Task<List<LabelResult>> LabelAsync(ILabeler labeler, params string[] texts) =>
        [.. (await labeler.LabelAsync(Inputs(texts), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).OrderBy(result => result.Index)];

    private sealed class Scripted(Func<string, Judgement> verdict) : IJudge
    {
        public string Name => "scripted";

        public async ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel)
        {
            await Task.Yield();
            return verdict(answer);
        }
    }
}
