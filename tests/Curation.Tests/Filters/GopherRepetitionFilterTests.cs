using Tda.Curation.Filters;

namespace Tda.Curation.Tests.Filters;

public class GopherRepetitionFilterTests
{
    private static readonly string[] Rules =
    [
        "duplicate_lines", "duplicate_line_characters", "duplicate_paragraphs", "duplicate_paragraph_characters", "top_2_gram", "top_3_gram", "top_4_gram",
        "duplicate_5_grams", "duplicate_6_grams", "duplicate_7_grams", "duplicate_8_grams", "duplicate_9_grams", "duplicate_10_grams",
    ];

    [Fact]
    public void Judge_EachRuleAlone_MeasuresWhatTheDefinitionSays()
    {
        for (var rule = 0; rule < Rules.Length; rule++)
        {
            // All other bounds at 1, which nothing exceeds, and this one at 0, which every repetition does.
            var filter = new GopherRepetitionFilter([.. Rules.Select((_, i) => i == rule ? 0d : 1d)]);
            Assert.All(Judging.Texts, text =>
            {
                var expected = SlowFilters.GopherRepetition(text)[Rules[rule]];
                var decision = filter.Judge(new Document("d", "s", text));
                Assert.Equal(expected, decision?.Value ?? 0, 1e-12);
                Assert.Equal(expected > 0 ? Rules[rule] : null, decision?.Reason);
            });
        }
    }

    [Fact]
    public void Judge_PapersBounds_TakeTheFirstRuleThatIsExceeded()
    {
        double[] bounds = [.3, .2, .3, .2, .2, .18, .16, .15, .14, .13, .12, .11, .1];
        var filter = new GopherRepetitionFilter();
        Assert.All(Judging.Texts, text =>
        {
            var shares = SlowFilters.GopherRepetition(text);
            Assert.Equal(Rules.Where((rule, i) => shares[rule] > bounds[i]).FirstOrDefault(), filter.Judge(new Document("d", "s", text))?.Reason);
        });
    }

    [Fact]
    public void Judge_HandCase_GivesShareAndEvidence()
    {
        // Three lines of 8, 8 and 4 characters, of which the second repeats: 1/3 of the lines, 8/20 of the characters.
        var decision = Judging.Judge("gopher_repetition", "one two.\none two.\nlast");

        Assert.Equal(("duplicate_lines", .3, "one two."), (decision!.Reason, decision.Threshold, decision.Evidence));
        Assert.Equal(1 / 3.0, decision.Value!.Value, 1e-12);
        Assert.Equal(.4, Judging.Judge("gopher_repetition: { max_duplicate_lines: 1 }", "one two.\none two.\nlast")!.Value!.Value, 1e-12);
    }

    [Fact]
    public void Judge_TextThatSaysNothingTwice_Stays() =>
        Assert.Null(Judging.Judge("gopher_repetition", "every word of this short text stands in it once only"));
}
