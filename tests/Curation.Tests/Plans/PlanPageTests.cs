using System.Text.RegularExpressions;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Curation.Tests.Plans;

/// <summary>Plans in the docs can be read: every stage and option in them exists. Files, runs and surrogates that they name don't.</summary>
public partial class PlanPageTests
{
    [Theory]
    [InlineData("docs/curation.md")]
    [InlineData("docs/curation-duplicates.md")]
    public void Plans_OfThePage_NameStagesAndOptionsThatThereAre(string page)
    {
        using var directory = new TempDirectory();
        var plans = Block().Matches(File.ReadAllText(TestPaths.InRepository(page))).Select(block => block.Groups["yaml"].Value).Where(yaml => yaml.StartsWith("stages:", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(plans);
        foreach (var plan in plans)
        {
            var services = new StageServices { Home = new TdaHome(directory.Path), Corpus = directory["corpus"], OpenSurrogate = _ => throw new InvalidOperationException() };
            var error = Record.Exception(() => PlanFile.Parse(plan, Path.Combine(directory.Path, "curation.yaml"), services));
            var faults = error is null ? [] : Assert.IsType<BadInputException>(error).Reason.Split("; ");
            Assert.All(faults, fault => Assert.True(Missing().IsMatch(fault), $"{page}: {fault}"));
        }
    }

    [GeneratedRegex("```yaml\n(?<yaml>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>An error about a file or an artifact that isn't there.</summary>
    [GeneratedRegex(@"^line \d+: \w+: (there is no /|.*there is no \w+ of this name)")]
    private static partial Regex Missing();
}
