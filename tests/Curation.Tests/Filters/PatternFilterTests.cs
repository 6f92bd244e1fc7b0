namespace Tda.Curation.Tests.Filters;

public class PatternFilterTests
{
    [Theory]
    [InlineData("regex: { patterns: 'viagra|casino' }", "Visit our CASINO now", "pattern", 1, "CASINO")]
    [InlineData("regex: { patterns: ['win', 'now'], hits: 2 }", "win now", "pattern", 2, "win")]
    [InlineData("regex: { patterns: ['win'], hits: 2 }", "win now", null, 0, null)]
    [InlineData("regex: { patterns: ['^subject:'], required: true }", "no mail", "pattern_missing", 0, "no mail")]
    [InlineData("regex: { patterns: ['^subject:'], required: true }", "Subject: x", null, 0, null)]
    public void Judge_Patterns_SayWhatTheyHit(string yaml, string text, string? reason, double value, string? evidence)
    {
        var decision = Judging.Judge(yaml, text);

        Assert.Equal((reason, value, evidence), (decision?.Reason, decision?.Value ?? 0, decision?.Evidence));
    }

    [Theory]
    [InlineData("regex", "give at least one")]
    [InlineData("regex: { patterns: ['a('] }", "'a(' can't be used")]
    [InlineData("regex: { patterns: ['(?=a)b'] }", "can't be used")]
    [InlineData("regex: { patterns: ['a*'] }", "matches nothing at all")]
    public void Stage_UnusablePatterns_AreRefused(string yaml, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Judging.Stage(yaml)).Message, StringComparison.Ordinal);
}
