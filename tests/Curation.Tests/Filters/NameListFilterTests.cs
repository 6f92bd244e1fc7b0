using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Filters;

public class NameListFilterTests
{
    private static readonly Document[] Documents =
    [
        new("a", "web/news", "x") { License = "CC-BY-4.0" }, new("b", "web/forum", "x") { License = "cc-by-nc-4.0" }, new("c", "books", "x") { License = "MIT" }, new("d", "", "x"),
    ];

    [Theory]
    [InlineData("licence: { allow: [cc-by-*, mit] }", "d:licence_missing")]
    [InlineData("licence: { allow: [cc-by-*, mit], deny: '*-nc-*' }", "b:licence_denied d:licence_missing")]
    [InlineData("licence: { allow: MIT, missing: keep }", "a:licence_not_allowed b:licence_not_allowed")]
    [InlineData("licence: { deny: ['*'] }", "a:licence_denied b:licence_denied c:licence_denied")]
    [InlineData("sources: { deny: web/* }", "a:sources_denied b:sources_denied")]
    [InlineData("sources: { allow: 'web/????' }", "b:sources_not_allowed c:sources_not_allowed d:sources_missing")]
    public void Judge_Lists_DropWhatTheySay(string yaml, string expected) => Assert.Equal(expected, Told(Judging.Stage(yaml)));

    [Fact]
    public void Stage_NoList_IsRefused() =>
        Assert.Contains("allow: give a list", Assert.Throws<BadInputException>(() => Judging.Stage("licence")).Message, StringComparison.Ordinal);

    private static string Told(ICurationStage stage) => string.Join(' ', Judging.Decide(stage, Documents).Select(decision => $"{decision.Id}:{decision.Reason}"));
}
