using System.Text.RegularExpressions;
using Tda.Curation.Rendering;
using Tda.Curation.Tests.Reports;

namespace Tda.Curation.Tests.Rendering;

/// <summary>WCAG 2.2: text 4.5 to 1 (1.4.3), graphics 3 to 1 (1.4.11), in the light and in the dark palette.</summary>
public partial class ContrastTests
{
    public static TheoryData<string, string, double> Pairs()
    {
        var pairs = new TheoryData<string, string, double>();
        foreach (var ground in new[] { "paper", "card" })
        {
            foreach (var text in new[] { "ink", "soft", "accent", "good", "bad" })
            {
                pairs.Add(text, ground, 4.5);
            }

            foreach (var graphic in new[] { "p-line", "o-line" })
            {
                pairs.Add(graphic, ground, 3);
            }
        }

        foreach (var tint in Enumerable.Range(1, 5).SelectMany(level => new[] { $"p{level}", $"o{level}" }).Concat(["good-soft", "bad-soft", "neutral-soft", "accent-soft"]))
        {
            pairs.Add("ink", tint, 4.5);
        }

        pairs.Add("good", "good-soft", 4.5);
        pairs.Add("bad", "bad-soft", 4.5);
        pairs.Add("soft", "good-soft", 4.5);
        pairs.Add("control-ink", "neutral-soft", 4.5);
        foreach (var bar in new[] { "before", "control", "accent" })
        {
            pairs.Add(bar, "card", 3);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Palette_Pair_HasEnoughContrast(string front, string back, double least)
    {
        var html = ReportPage.Render(SampleReport.Full());
        var palettes = Root().Matches(html).Select(root => Colour().Matches(root.Groups[1].Value).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value)).Take(2).ToArray();
        Assert.Equal(2, palettes.Length);
        Assert.All(palettes, palette => Assert.True(Contrast(palette[front], palette[back]) >= least, $"{front} on {back}: {Contrast(palette[front], palette[back]):0.00}"));
    }

    private static double Contrast(string a, string b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + .05) / (Math.Min(x, y) + .05);
    }

    private static double Luminance(string colour)
    {
        double Part(int at)
        {
            var value = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= .04045 ? value / 12.92 : Math.Pow((value + .055) / 1.055, 2.4);
        }

        return .2126 * Part(0) + .7152 * Part(2) + .0722 * Part(4);
    }

    [GeneratedRegex(":root \\{(.*?)\\}", RegexOptions.Singleline)]
    private static partial Regex Root();

    [GeneratedRegex("--([a-z0-9-]+): #([0-9a-f]{6});")]
    private static partial Regex Colour();
}
