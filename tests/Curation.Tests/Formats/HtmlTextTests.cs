using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Formats;

public class HtmlTextTests
{
    [Theory]
    [InlineData("<p>one</p><p>two</p>", "one\n\ntwo")]
    [InlineData("a<br>b<BR/>c", "a\n\nb\n\nc")]
    [InlineData("in<b>ter</b>est <i>rates</i>", "interest rates")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", " a  b\n\n c")]
    [InlineData("x<script>var y = '<p>no</p>';</script><style>p { }</style><!-- no -->z", "xz")]
    [InlineData("&lt;b&gt; &amp; &eacute;&#8217;&nbsp;!", "<b> & é’ !")]
    [InlineData("<html><head><title>t</title><body>unclosed head", "unclosed head")]
    [InlineData("1 < 2 and <3", "1 < 2 and <3")]
    [InlineData("", "")]
    public void Extract_Html_GivesWhatAReaderSees(string html, string expected) =>
        Assert.Equal(Normalise(expected), Normalise(HtmlText.Extract(html)));

    [Fact]
    public void Extract_UnclosedTags_AreRead() =>
        Assert.Equal("deep", HtmlText.Extract(string.Concat(Enumerable.Repeat("<font><b>", 400)) + "deep"));

    [Fact]
    public void Extract_TagsNestedWithoutEnd_IsRefusedSoon() =>
        Assert.Throws<MailFormatException>(() => HtmlText.Extract(string.Concat(Enumerable.Repeat("<div><b>", 100_000)) + "deep"));

    /// <summary>How many blank characters stand between words is not promised; line breaks between blocks are.</summary>
    private static string[] Normalise(string text) =>
        [.. text.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Where(line => line.Length > 0)];
}
