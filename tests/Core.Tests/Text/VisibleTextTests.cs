namespace Tda.Core.Tests.Text;

public class VisibleTextTests
{
    [Theory]
    [InlineData("a\u202Eb", "a[U+202E RLO]b")]
    [InlineData("a\u200B\u2060b", "a[U+200B ZWSP][U+2060 WJ]b")]
    [InlineData("a\u0007b", "a[U+0007]b")]
    [InlineData("a\rb", "a[U+000D CR]b")]
    [InlineData("a\r\nb\tc", "a\r\nb\tc")]
    [InlineData("\uFEFFa", "[U+FEFF BOM]a")]
    [InlineData("a\u3164b", "a[U+3164]b")]
    [InlineData("a\u2003b", "a[U+2003]b")]
    [InlineData("tag\U000E0041", "tag[U+E0041]")]
    [InlineData("naïve 漢字 שלום 😀 a\u00a0b", "naïve 漢字 שלום 😀 a\u00a0b")]
    public void Plain_HiddenCharacters_SpeltOthersKept(string text, string expected) => Assert.Equal(expected, VisibleText.Plain(text));

    [Fact]
    public void Plain_LoneSurrogate_Spelt() => Assert.Equal("a[U+D83D]b", VisibleText.Plain("a" + (char)0xD83D + "b"));
}
