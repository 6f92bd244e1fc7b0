using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

/// <summary>Queries batched as low-rank factors of their preconditioned gradients, on a trained model.</summary>
public class QueryRankTests(TrainedHome trained) : IClassFixture<TrainedHome>
{
    [Fact]
    public void Run_FullRank_EqualsFullGradients() =>
        Numbers.Close(Scores("full", 0), Scores("whole", 1000), 1e-5, "all factors kept");

    [Fact]
    public void Run_RankEight_KeepsTheOrder()
    {
        var (full, eight) = (Scores("full8", 0), Scores("eight", 8));
        var documents = full.Length / 4;
        for (var q = 0; q < 4; q++)
        {
            var rho = Correlation.Spearman(full[(q * documents)..((q + 1) * documents)], eight[(q * documents)..((q + 1) * documents)]);
            Assert.True(rho >= .98, $"query {q}: Spearman {rho:F4}");
        }
    }

    private double[] Scores(string run, int rank)
    {
        var options = new AttributeOptions
        {
            Home = trained.Home.Home,
            Index = "i",
            Queries = trained.Home.Queries(4),
            Run = run,
            Replace = true,
            Force = true,
            Options = new MethodOptions { QueryRank = rank },
        };
        using var read = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, trained.Home.Time).Directory);
        return [.. read.Scores.ToArray().Select(x => (double)x)];
    }
}
