namespace Tda.Curation.Tests.Filters;

/// <summary>The filters of lines: C4's and FineWeb's.</summary>
public class LineFilterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FineWeb_AnyText_AgreesWithTheDefinition(bool wrapped)
    {
        var stage = Judging.Stage($"fineweb: {{ wrapped: {(wrapped ? "true" : "false")} }}");
        Assert.All(Judging.Texts, text =>
        {
            var lines = wrapped ? SlowFilters.Paragraphs(text) : SlowFilters.Lines(text);
            var (ended, repeated, shorts) = SlowFilters.FineWeb(lines);
            (string, double)? expected = ended <= .12 ? ("few_ended_lines", ended) : repeated >= .1 ? ("duplicate_line_characters", repeated) : shorts >= .67 ? ("short_lines", shorts) : null;
            var decision = Judging.Decide(stage, new Document("d", "s", text)).SingleOrDefault();
            Assert.Equal(expected?.Item1, decision?.Reason);
            Assert.Equal(expected?.Item2 ?? 0, decision?.Value ?? 0, 1e-12);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void C4_AnyText_AgreesWithTheDefinition(bool wrapped)
    {
        var stage = Judging.Stage($"c4: {{ min_kept: .5, wrapped: {(wrapped ? "true" : "false")} }}");
        Assert.All(Judging.Texts.Select(text => text.Replace("{", "", StringComparison.Ordinal).Replace("lorem", "", StringComparison.Ordinal)), text =>
        {
            var (sentences, kept) = SlowFilters.C4(wrapped ? SlowFilters.Paragraphs(text) : SlowFilters.Lines(text));
            (string, double)? expected = sentences < 3 ? ("too_few_sentences", sentences) : kept < .5 ? ("too_few_kept_lines", kept) : null;
            var decision = Judging.Decide(stage, new Document("d", "s", text)).SingleOrDefault();
            Assert.Equal(expected?.Item1, decision?.Reason);
            Assert.Equal(expected?.Item2 ?? 0, decision?.Value ?? 0, 1e-12);
        });
    }

    [Theory]
    [InlineData("This is the first sentence here. And a second one follows! Is this the third?", null)]
    [InlineData("This line has no end\nThis one has an end of its own.", "too_few_sentences")]
    [InlineData("Four words stand here.\nFour words stand here.\nFour words stand here.", "too_few_sentences")]
    [InlineData("One sentence of text. Two sentences of text. Three of them. Lorem Ipsum dolor.", "lorem_ipsum")]
    [InlineData("One sentence of text. Two sentences of text. Three of them. if (x) { y }.", "brace")]
    [InlineData("Please enable JavaScript in it. Then go on. And again.\nWe use cookies on this site. Read on. Read more.", "too_few_sentences")]
    public void C4_HandCases_SayWhy(string text, string? reason) => Assert.Equal(reason, Judging.Judge("c4", text)?.Reason);

    [Fact]
    public void C4_MailBrokenAtAWidth_StaysOnlyWhenSaidSo()
    {
        const string Mail = "I have been thinking about what you wrote, and I\nbelieve that you are right. We should meet. Do\nyou have time on Monday?";
        Assert.Equal("too_few_sentences", Judging.Judge("c4", Mail)!.Reason);
        Assert.Null(Judging.Judge("c4: { wrapped: true }", Mail));
    }
}
