using Tda.Evaluation.Proxies;

namespace Tda.Evaluation.Tests;

/// <summary>
/// The claim of the proxy study (2509.12581), small: scores made without the target's weights predict the target's retraining.
/// </summary>
public class ProxyStudyTests
{
    private static readonly ProxyTask Task = ProxyTask.Synthetic();

    [Fact]
    public void Run_SmallTask_ReproducesTheTable()
    {
        var result = new ProxyStudy(Task, new ProxyStudyOptions { Subsets = 60, Retrainings = 4 }).Run();

        Assert.True(result["S3"].Ensemble!.Value >= .35, $"unknown architecture, distilled, ensemble of 5: {result["S3"].Ensemble}");
        Assert.True(result["S5"].Single >= .15, $"untrained: {result["S5"].Single:F3}");
        Assert.True(result["S5+"].Single >= .15, $"few epochs: {result["S5+"].Single:F3}");
        Assert.True(Math.Abs(result["random"].Single) <= .08, $"random scores: {result["random"].Single:F3}");
        Assert.True(Math.Abs(result["random"].Ensemble!.Value) <= .08, $"random scores, mean of 5: {result["random"].Ensemble}");
        Assert.All(
            result.Scenarios.Where(s => s.Ensemble is not null && s.Scenario != "random"),
            s => Assert.True(s.Ensemble!.Value > s.Single, $"{s.Scenario}: ensemble {s.Ensemble}, single {s.Single:F3}"));
        Assert.All(result.Scenarios, s => Assert.True(s.Single < result.Ceiling!.Ceiling, $"{s.Scenario} is above the noise ceiling"));
    }

    [Fact]
    public void Run_SameSeed_SameTable()
    {
        var options = new ProxyStudyOptions { Subsets = 6, Retrainings = 1, Members = 2, Epochs = 2, FewEpochs = 1 };
        var (first, second) = (new ProxyStudy(Task, options).Run(), new ProxyStudy(Task, options).Run());
        Assert.Equal(first.Scenarios.Select(s => s.Single), second.Scenarios.Select(s => s.Single));
    }

    [Fact]
    public void Validate_SeveralWrong_NamesAll()
    {
        var error = Assert.Throws<UsageException>(() => new ProxyStudyOptions { Subsets = 2, Batch = 0, Momentum = 1 }.Validate());
        Assert.Contains("subsets is 2", error.Message);
        Assert.Contains("batch is 0", error.Message);
        Assert.Contains("momentum is 1", error.Message);
    }
}
