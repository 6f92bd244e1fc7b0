using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Attribution;

public class TokenScorerTests
{
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void ForEach_LossDefinition_EqualsGradientOfEachTokensLoss(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family);
        using var directions = Directions(model, 2);
        var capture = new GradientCapture(new LanguageModelCapture(model));
        new TokenScorer(capture, TokenDefinition.Loss).ForEach(Rows.Random(3, 11), directions, scores =>
        {
            for (var t = 0; t < scores.Row.Positions; t++)
            {
                // Label token FirstLabel + t: its loss alone, one backward pass on the weights.
                var at = t;
                var g = LanguageModelReference.WeightGradients(model, scores.Row, p => p == at ? 1 : 0);
                for (var d = 0; d < 2; d++)
                {
                    var expected = g.Select((x, m) => x.mul(directions.Tensors[m].select(0, d)).sum().item<double>()).Sum();
                    Assert.Equal(expected, scores.Scores[d][t], 4);
                }
            }
        });
    }

    [Theory]
    [InlineData(TokenDefinition.Position, ModelFamily.Llama)]
    [InlineData(TokenDefinition.Loss, ModelFamily.Llama)]
    [InlineData(TokenDefinition.Position, ModelFamily.Gpt2)]
    [InlineData(TokenDefinition.Loss, ModelFamily.Gpt2)]
    public void ForEach_SumOverTokens_EqualsDocumentScore(TokenDefinition definition, ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = 24 });
        var rows = Rows.Split(6, 3, 11);
        using var directions = new FullDirections(Directions(model, 3));
        var documents = new DocumentScorer(capture).Score(rows, directions);
        var sums = new double[3, 6];
        new TokenScorer(capture, definition).ForEach(rows, directions.Matrices, scores =>
        {
            for (var d = 0; d < 3; d++)
            {
                sums[d, scores.Row.Document] += scores.Scores[d].Sum(x => (double)x);
            }
        });
        for (var d = 0; d < 3; d++)
        {
            Numbers.Close([.. documents.Row(d).ToArray().Select(x => (double)x)], [.. Enumerable.Range(0, 6).Select(i => sums[d, i])], 1e-5, "tokens and layers must add up to the document");
        }
    }

    [Fact]
    public void ForEach_PositionsThatDoNotMix_ScoreTheTokenTheyPredict()
    {
        // In a bigram model no later loss reaches a position, so position t's share is the gradient of label t + 1's loss and of no other:
        // an index off by one would show here, where a window of ±1 around tokens would hide it.
        using var scope = NewDisposeScope();
        var model = new TinyModel(mix: false);
        var capture = new GradientCapture(model);
        using var directions = Directions(model.Modules, 1);
        new TokenScorer(capture).ForEach(Rows.Random(4), directions, scores =>
        {
            for (var t = 0; t < scores.Row.Positions; t++)
            {
                var at = t;
                var g = model.WeightGradients(scores.Row, p => p == at ? 1 : 0);
                Assert.Equal(g.Select((x, m) => x.mul(directions.Tensors[m].select(0, 0)).sum().item<double>()).Sum(), scores.Scores[0][t], 4);
            }
        });
    }

    [Fact]
    public void ForEach_BatchSize_DoesNotChangeScores()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama);
        using var directions = Directions(model, 1);
        foreach (var definition in Enum.GetValues<TokenDefinition>())
        {
            var (one, many) = (Collect(1), Collect(1000));
            foreach (var (row, scores) in one)
            {
                Numbers.Close([.. scores.Select(x => (double)x)], [.. many[row].Select(x => (double)x)], 1e-6, $"{definition}, row {row}");
            }

            Dictionary<(int, int), float[]> Collect(int batchTokens)
            {
                var result = new Dictionary<(int, int), float[]>();
                var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = batchTokens });
                new TokenScorer(capture, definition).ForEach(Rows.Split(5, 3, 11), directions, s => result[(s.Row.Document, s.Row.FirstLabel)] = s.Scores[0]);
                return result;
            }
        }
    }

    private static ModuleGradients Directions(LanguageModel model, int count) => Directions(new LanguageModelCapture(model).Modules, count);

    private static ModuleGradients Directions(IReadOnlyList<ModuleShape> modules, int count)
    {
        var random = new Random(8);
        return new ModuleGradients(modules, [.. modules.Select(m => tensor(
            Enumerable.Range(0, (int)m.Elements * count).Select(_ => random.NextDouble() - .5).ToArray(), [count, m.Outputs, m.Columns], dtype: ScalarType.Float64))]);
    }
}
