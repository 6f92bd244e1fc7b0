using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tda.Scoring.Methods;
using Tda.TestKit;

namespace Tda.Scoring.Tests.Methods;

/// <summary>Every method has its advice, and no figure is cited that isn't in a committed result.</summary>
public partial class MethodAdviceTests
{
    [Fact]
    public void All_Methods_HaveAdviceInTheRegistrysOrder() =>
        Assert.Equal(AttributionMethods.Names, MethodAdvice.All.Select(advice => advice.Method));

    [Fact]
    public void Texts_EveryFigure_IsTheOneOfItsResultsFile()
    {
        foreach (var lds in MeasuredLds.Texts)
        {
            var (value, low, high) = Measured(lds);
            Assert.True(
                Near(value, lds.Value) && Near(low, lds.Low) && Near(high, lds.High),
                $"{lds.Method} in {lds.Scenario}: {lds.File}.json has {value:F4} ({low:F4} to {high:F4}), the code {lds.Value} ({lds.Low} to {lds.High})");
        }
    }

    [Fact]
    public void Choosing_FiguresOfThePage_AreAmongThoseOfTheCodeAndTheRecipes()
    {
        var said = Figure().Matches(File.ReadAllText(TestPaths.InRepository("docs/choosing.md"))).Select(m => m.Value).ToList();
        var recipe = JsonNode.Parse(File.ReadAllText(TestPaths.InRepository("bench/results/bank-text-recipe.json")))!["lines"]!.AsArray()
            .Select(line => line!["whole"]!)
            .Select(whole => ((double)whole["value"]!, (double)whole["low"]!, (double)whole["high"]!));
        string[] known = [.. MeasuredLds.Texts.Select(lds => (lds.Value, lds.Low, lds.High)).Concat(recipe)
            .Select(lds => $"{Digits(lds.Item1)} ({Digits(lds.Item2)}–{Digits(lds.Item3)})")];
        Assert.True(said.Count >= 12, "the page's figures have another form now");
        Assert.All(said, figure => Assert.Contains(figure, known));
    }

    private static (double Value, double Low, double High) Measured(MeasuredLds lds)
    {
        var file = JsonNode.Parse(File.ReadAllText(TestPaths.InRepository($"bench/results/{lds.File}.json")))!;
        var interval = lds.Route is null
            ? file["grades"]!.AsArray().Single(g => (string)g!["scenario"]! == lds.Scenario && (string)g["method"]! == lds.Method && (int)g["members"]! == lds.Members)!["whole"]!["lds"]!
            : file["lines"]!.AsArray().Single(l => (string)l!["scenario"]! == lds.Scenario && (string)l["name"]! == lds.Route && (int)l["members"]! == lds.Members)!["whole"]!;
        if (lds.Route is not null)
        {
            Assert.Equal(lds.Method, (string)file["method"]!);
        }

        return ((double)interval["value"]!, (double)interval["low"]!, (double)interval["high"]!);
    }

    private static bool Near(double measured, double said) => Math.Abs(measured - said) <= .0005 + 1e-9;

    private static string Digits(double value) => value.ToString("#.000;-#.000", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"-?\.\d{3} \(-?\.\d{3}–-?\.\d{3}\)")]
    private static partial Regex Figure();
}
