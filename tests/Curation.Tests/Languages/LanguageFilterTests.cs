using Tda.Curation.Tests.Filters;

namespace Tda.Curation.Tests.Languages;

public class LanguageFilterTests
{
    private const string German = "Die Kinder spielen im Garten, und der Hund schläft unter dem alten Baum.";

    [Theory]
    [InlineData("language", German, true)]
    [InlineData("language: { languages: [en, de] }", German, false)]
    [InlineData("language: { min_letters: 80 }", German, false)]
    [InlineData("language", "The children play in the garden, and the dog sleeps under the old tree.", false)]
    [InlineData("language", "Kurz.", false)]
    public void Judge_OtherLanguages_Go(string yaml, string text, bool isDropped) => Assert.Equal(isDropped, Judging.Judge(yaml, text) is not null);

    [Fact]
    public void Judge_OtherLanguage_SaysWhichAndHowSure()
    {
        var decision = Judging.Judge("language", German)!;

        Assert.Equal(("other_language", .65), (decision.Reason, decision.Threshold));
        Assert.InRange(decision.Value!.Value, 0, .1);
        Assert.Matches(@"^de \(\d\.\d\d\): Die Kinder", decision.Evidence!);
    }

    [Fact]
    public void Stage_UnknownLanguage_IsRefused() =>
        Assert.Contains("languages: 'xx' isn't one of af, am", Assert.Throws<BadInputException>(() => Judging.Stage("language: { languages: xx }")).Message, StringComparison.Ordinal);
}
