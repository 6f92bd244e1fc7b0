using Tda.Curation.Filters;

namespace Tda.Curation.Tests.Filters;

public class GopherQualityFilterTests
{
    private const string Prose = "the river runs down to the sea and nobody knows that it ever had another way to go with ";

    [Fact]
    public void Judge_AnyText_AgreesWithTheDefinition()
    {
        var filter = new GopherQualityFilter(new GopherQualityOptions());
        Assert.All(Judging.Texts.Concat(Judging.Texts.Select(text => Prose + Prose + Prose + text)), text =>
        {
            var decision = filter.Judge(new Document("d", "s", text));
            var expected = SlowFilters.GopherQuality(text);
            Assert.Equal(expected?.Reason, decision?.Reason);
            Assert.Equal(expected?.Value ?? 0, decision?.Value ?? 0, 1e-12);
        });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("# # # # # # # #", "hash_symbols")]
    [InlineData("... ... ... ... ... ... ... ...", "ellipses")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "few_alphabetic_words")]
    public void Judge_ProseWithSomethingBehind_SaysWhat(string added, string? reason) =>
        Assert.Equal(reason, Judging.Judge("gopher_quality", Prose + Prose + Prose + added)?.Reason);

    [Fact]
    public void Judge_OneStopWordManyTimes_CountsItOnce()
    {
        var decision = Judging.Judge("gopher_quality", string.Concat(Enumerable.Repeat("The river, THE sea. ", 20)));

        Assert.Equal(("too_few_stop_words", 1.0, 2.0), (decision!.Reason, decision.Value, decision.Threshold));
        Assert.StartsWith("the: The river, THE sea.", decision.Evidence!, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Judge_OnTheBound_Stays()
    {
        var text = Prose + Prose + Prose; // 57 words
        Assert.Null(Judging.Judge("gopher_quality: { min_words: 57, max_words: 57 }", text));
        Assert.Equal("too_few_words", Judging.Judge("gopher_quality: { min_words: 58 }", text)!.Reason);
    }

    [Fact]
    public void Stage_OptionsThatContradict_AreRefused() =>
        Assert.Contains("max_words: it is below min_words, 100; ", Assert.Throws<BadInputException>(() => Judging.Stage(
            "gopher_quality: { min_words: 100, max_words: 2, min_word_length: 5, max_word_length: 4, min_stop_words: 9 }")).Message, StringComparison.Ordinal);
}
