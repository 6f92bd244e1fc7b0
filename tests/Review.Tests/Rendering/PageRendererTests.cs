using Microsoft.Extensions.DependencyInjection;
using Tda.Review.Rendering;

namespace Tda.Review.Tests.Rendering;

public class PageRendererTests
{
    [Theory]
    [InlineData("Grüße 👋", "Grüße 👋")]
    [InlineData("a\u202Eb\u200Bc", "a[U+202E RLO]b[U+200B ZWSP]c")]
    [InlineData("<script>alert('&#x202E;')</script>", "&lt;script&gt;alert(&#x27;&amp;#x202E;&#x27;)&lt;/script&gt;")]
    [InlineData("two\nlines\tand\u0007bell", "two\nlines\tand[U+0007]bell")]
    public async Task Render_Text_EscapedAndHiddenCharactersSpeltOut(string text, string expected)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();

        var html = await PageRenderer.RenderAsync<TextBox>(services, new() { ["Text"] = text, ["Label"] = text });

        // Line ends may stand as they are or as numbers: a browser shows the same.
        var shown = html.Replace("&#xA;", "\n", StringComparison.Ordinal).Replace("&#x9;", "\t", StringComparison.Ordinal);
        Assert.Contains($">{expected}</div>", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202E", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_HugeText_Cut()
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();

        var html = await PageRenderer.RenderAsync<TextBox>(services, new() { ["Text"] = new string('x', 5_000_000), ["Label"] = "Answer" });

        Assert.True(html.Length < 110_000);
        Assert.Contains("of 5,000,000 characters", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(6247.4, "+6,247")]
    [InlineData(-12.345, "−12.3")]
    [InlineData(.00001234, "+1.23E-5")]
    [InlineData(12345678.0, "+1.23E+7")]
    public void Score_Values_PlainFigures(double value, string expected) => Assert.Equal(expected, Shown.Score(value));
}
