using Tda.Evaluation.Banks;
using Tda.Evaluation.Proxies;

namespace Tda.Evaluation.Tests;

/// <summary>
/// The claim of the proxy study (2509.12581), small: scores made without the target's weights predict the target's retraining.
/// </summary>
public class ProxyStudyTests
{
    private static readonly ClassifierTask Task = ClassifierTask.Synthetic();

    [Fact]
    public void Run_SmallTask_ReproducesTheTable()
    {
        var result = new ProxyStudy(Task, new ProxyStudyOptions { Subsets = 60, Retrainings = 4 }).Run();

        Assert.Equal(["S0", "S1", "S2", "S3", "S4", "S5", "S5+"], result.Report.Grades.Select(g => g.Scenario));
        Assert.True(result["S3"].Whole.Lds.Value >= .35, $"unknown architecture, distilled, ensemble of 5: {result["S3"].Whole.Lds}");
        Assert.True(result["S5"].Single >= .15, $"untrained: {result["S5"].Single:F3}");
        Assert.True(result["S5+"].Single >= .15, $"few epochs: {result["S5+"].Single:F3}");
        Assert.True(Math.Abs(result.Report.RandomMean) <= .08, $"random scores: {result.Report.RandomMean:F3}");
        Assert.True(result.Report.RandomLargest < result["S5"].Single, $"the largest of random scores: {result.Report.RandomLargest:F3}");
        Assert.All(
            result.Report.Grades.Where(s => s.Members > 1),
            s => Assert.True(s.Whole.Lds.Value > s.Single, $"{s.Scenario}: ensemble {s.Whole.Lds}, single {s.Single:F3}"));
        Assert.All(result.Report.Grades, s => Assert.True(s.Single < result.Report.Ceiling!.Ceiling, $"{s.Scenario} is above the noise ceiling"));
    }

    [Fact]
    public void Run_SameSeed_SameTable()
    {
        var task = Task with { Training = Task.Training with { Epochs = 2 } };
        var options = new ProxyStudyOptions { Subsets = 6, Retrainings = 1, Members = 2, FewEpochs = 1 };
        var (first, second) = (new ProxyStudy(task, options).Run(), new ProxyStudy(task, options).Run());
        Assert.Equal(first.Report.Grades.Select(s => s.Single), second.Report.Grades.Select(s => s.Single));
    }

    [Fact]
    public void Validate_SeveralWrong_NamesAll()
    {
        var error = Assert.Throws<UsageException>(() => new ProxyStudyOptions { Subsets = 2, Members = 1, FewEpochs = 0 }.Validate());
        Assert.Contains("subsets is 2", error.Message);
        Assert.Contains("members is 1", error.Message);
        Assert.Contains("few epochs is 0", error.Message);
    }
}
