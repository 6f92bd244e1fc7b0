using Tda.Evaluation.Pbrf;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Evaluation.Tests;

public class PbrfSolverTests(ITestOutputHelper output)
{
    [Fact]
    public void Run_TrainedMlp_ExactGaussNewtonPredictsItBestThenEkfacThenGradDot()
    {
        const int count = 300;
        using var scope = NewDisposeScope();
        var (features, all) = FeatureModel.Data(count + 12, 5, 4, noise: 0.2);
        var rows = RowFilter.Documents(all, 0, count);
        var model = new FeatureModel(features, 4, hidden: 8).Train(rows, 150, 0.5);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = rows };
        var testRows = RowFilter.Documents(all, count, count + 12);
        Target[] targets = [.. Enumerable.Range(0, 12).Select(q => new Target($"q{q}", [count + q]))];
        int[] chosen = [.. Enumerable.Range(20, 40)];
        var response = PbrfRunner.Run(
            context, model.Copy(), new MethodOptions(), new PbrfOptions(), chosen, testRows, targets, _ => { }, NullProgress.Instance, default);
        output.WriteLine($"{response.Converged.Count(c => c)} of {chosen.Length} converged");

        var same = new MethodOptions { Curvature = new CurvatureOptions { AbsoluteDamping = response.Damping } };
        var pearson = new[] { "explicit", "astra", "ekfac", "kfac", "grad-dot" }.ToDictionary(name => name, name => Pearson(name, context, same, testRows, targets, response));
        output.WriteLine(string.Join(", ", pearson.Select(p => $"{p.Key} {p.Value:f3}")));
        Assert.All(response.Converged, Assert.True);
        Assert.True(pearson["explicit"] >= 0.8, $"explicit {pearson["explicit"]:f3}");
        Assert.True(pearson["explicit"] > pearson["ekfac"] && pearson["ekfac"] > pearson["grad-dot"], string.Join(", ", pearson));
    }

    [Fact]
    public void Run_SmallEpsilon_EqualsTheExactScores()
    {
        // The derivative of the response at ε = 0 is the score, sign, scale and all.
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Gpt2, layers: 1);
        var rows = Rows.Random(12, vocabulary: 11);
        var context = new InfluenceContext { Capture = new GradientCapture(new LanguageModelCapture(model)), Documents = rows };
        var queries = Rows.Random(2, vocabulary: 11, seed: 60);
        Target[] targets = [new("one", [0]), new("mean", [0, 1])];
        using var copy = model.Clone();
        var response = PbrfRunner.Run(
            context, new LanguageModelCapture(copy), new MethodOptions(), new PbrfOptions { Epsilon = 1e-6, Tolerance = 1e-4 }, [0, 3, 7], queries, targets, _ => { }, NullProgress.Instance, default);
        using var method = AttributionMethods.Create("explicit", context, new MethodOptions { Curvature = new CurvatureOptions { AbsoluteDamping = response.Damping } }, NullProgress.Instance, default);
        var scores = method.Score(rows, queries, targets, Normalisation.None, _ => { }, NullProgress.Instance, default);
        for (var i = 0; i < 3; i++)
        {
            for (var t = 0; t < 2; t++)
            {
                var expected = scores[t, response.Documents[i]];
                Assert.True(Math.Abs(response.Changes[i][t] - expected) <= 1e-2 * Math.Abs(expected) + 1e-3, $"{response.Changes[i][t]} against {expected}");
            }
        }
    }

    [Fact]
    public void Solve_Optimum_HasNoSlope()
    {
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(40, 3, 3);
        var model = new FeatureModel(features, 3, hidden: 4);
        var products = new GaussNewtonOperator(new GradientCapture(model), rows);
        var moved = model.Copy();
        var objective = new PbrfObjective(moved, products, rows, 0.05, 0.1);
        // The gradient against finite differences of the value.
        var at = Dense.Vectors(1, products.Dimension).mul(0.3);
        var (_, gradient, _) = objective.Evaluate(at, 7, default);
        var direction = Dense.Vectors(1, products.Dimension, seed: 5);
        var ahead = objective.Evaluate(at.add(direction.mul(1e-5)), 7, default).Value;
        var behind = objective.Evaluate(at.sub(direction.mul(1e-5)), 7, default).Value;
        Assert.Equal((ahead - behind) / 2e-5, gradient.mul(direction).sum().item<double>(), 6);
    }

    [Fact]
    public void Run_NonFiniteDocument_IsNamedAndTheOthersAnswered()
    {
        using var scope = NewDisposeScope();
        var (features, rows) = FeatureModel.Data(30, 3, 3);
        features.select(0, 4).fill_(double.NaN);
        var model = new FeatureModel(features, 3);
        var context = new InfluenceContext { Capture = new GradientCapture(model), Documents = rows };
        var excluded = new List<ExcludedDocument>();
        var response = PbrfRunner.Run(
            context, model.Copy(), new MethodOptions(), new PbrfOptions(), [3, 4, 5], RowFilter.Documents(rows, 0, 2), [new("q", [0, 1])], excluded.Add, NullProgress.Instance, default);
        Assert.Equal(["example-4"], excluded.Select(e => e.Id));
        Assert.Equal([true, false, true], response.Changes.Select(c => double.IsFinite(c[0])));
    }

    private static double Pearson(
        string name, InfluenceContext context, MethodOptions options, IRowSource queries, Target[] targets, PbrfResult response)
    {
        using var method = AttributionMethods.Create(name, context, options, NullProgress.Instance, default);
        var scores = method.Score(context.Documents, queries, targets, Normalisation.None, _ => { }, NullProgress.Instance, default);
        return Enumerable.Range(0, targets.Length).Average(t => Correlation.Pearson(
            [.. response.Documents.Select(d => (double)scores[t, d])], [.. response.Changes.Select(c => c[t])]));
    }
}
