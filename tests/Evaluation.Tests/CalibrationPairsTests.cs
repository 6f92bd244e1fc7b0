using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

public class CalibrationPairsTests
{
    private static readonly string[] Documents = ["a", "b", "c"];

    [Fact]
    public void Of_BankWhereLossesFollowTheScores_CalibratesToTheirScale()
    {
        // Losses are 3 + half of what the scores predict; two retrainings whose noise cancels.
        using var folder = new TempDirectory();
        using var run = Run(folder, [[4, 2, -6], [1, 8, 0]]);
        bool[][] kept = [[true, false, false], [false, true, true], [true, true, false], [false, false, true], [true, false, true], [false, true, false]];
        double Predicted(bool[] k, int q) => Documents.Select((_, d) => k[d] ? 0 : run.Scores.Row(q)[d] / 10.0).Sum();
        var outcomes = new RetrainingOutcomes(
            Documents, ["q0", "q1"], kept,
            [.. kept.Select(k => new[] { new[] { 3 + Predicted(k, 0) / 2 + .2, 3 + Predicted(k, 1) / 2 }, new[] { 3 + Predicted(k, 0) / 2 - .2, 3 + Predicted(k, 1) / 2 } })]);
        var pairs = CalibrationPairs.Of(run, outcomes);
        Assert.Equal(12, pairs.Predicted.Count);
        Assert.Equal(0, pairs.Predicted.Take(6).Sum(), 9);
        var fit = CalibrationFitter.Fit(CalibrationKind.Linear, "ekfac", Normalisation.None, pairs.Predicted, pairs.Measured);
        Assert.Equal(.5, fit.Slope, 6);
        Assert.Equal(1, fit.R2, 6);
    }

    [Fact]
    public void Of_RunWithoutABanksDocumentOrQueries_IsRefused()
    {
        using var folder = new TempDirectory();
        using var run = Run(folder, [[1, 2, 3], [4, 5, 6]]);
        Assert.Contains("1 of the bank's 4", Assert.Throws<BadInputException>(() => CalibrationPairs.Of(run, Bank(["a", "b", "c", "d"], ["q0"]))).Message);
        Assert.Contains("queries", Assert.Throws<BadInputException>(() => CalibrationPairs.Of(run, Bank(Documents, ["other"]))).Message);
    }

    [Fact]
    public void Of_DocumentOfTwoRows_AddsTheirScoresUp()
    {
        using var folder = new TempDirectory();
        using var run = Run(folder, [[4, 2, -6, 5], [0, 0, 0, 0]], [.. Documents, "a"]);
        var outcomes = new RetrainingOutcomes(Documents, ["q0"], [[false, true, true], [true, true, true]], [[[1]], [[2]]]);
        Assert.Equal([.45, -.45], CalibrationPairs.Of(run, outcomes).Predicted.Select(p => Math.Round(p, 9)));
    }

    private static RetrainingOutcomes Bank(string[] documents, string[] queries) =>
        new(documents, queries, [new bool[documents.Length], new bool[documents.Length]], [[new double[queries.Length]], [new double[queries.Length]]]);

    private static ScoreRun Run(TempDirectory folder, float[][] scores, string[]? documents = null)
    {
        using (var writer = ScoreRunWriter.Create(
            folder["r"], new ScoreHeader("ekfac", .1, 10), [new ExplainedQuery("q0", "", "x"), new ExplainedQuery("q1", "", "y")],
            [.. (documents ?? Documents).Select(d => new ScoreRow(d, "s", 1, 2))], new FakeTimeProvider()))
        {
            foreach (var row in scores)
            {
                writer.Append(row);
            }

            writer.Commit();
        }
        return ScoreRun.Open(folder["r"]);
    }
}
