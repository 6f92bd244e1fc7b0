using Tda.ProxyTrainer.Drift;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Drift;

public class SequenceSamplerTests
{
    private static readonly int[][] Starts = [[0], [0, 5, 7, 9], [0, 3], [0, 3]];
    private static readonly ulong[] Seeds = [4, 5, 6, 7];

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Draw_OneAtATimeAndTogether_SameSequences(ModelFamily family)
    {
        using var model = TinyModels.Create(family);
        var together = SequenceSampler.Draw(model, Starts, Seeds, 10, null, default);

        for (var i = 0; i < Starts.Length; i++)
        {
            Assert.Equal(SequenceSampler.Draw(model, [Starts[i]], [Seeds[i]], 10, null, default).Single(), together[i]);
            Assert.InRange(together[i].Length, 0, 10);
            Assert.DoesNotContain(model.Config.EosId, together[i]);
        }

        Assert.NotEqual(together[2], together[3]);
    }

    [Fact]
    public void Draw_ManyTimes_FirstTokensAreAsLikelyAsTheModelSays()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var model = TinyModels.Create(ModelFamily.Llama);
        const int Draws = 4000;
        var drawn = SequenceSampler.Draw(
            model, [.. Enumerable.Repeat(new[] { 0, 11 }, Draws)], [.. Enumerable.Range(0, Draws).Select(i => SplitMix64.SequenceSeed(1, i))], 1, null, default);
        var chances = TinyModels.Values(model.Forward(TinyModels.Tensor([0, 11]))[0, 1].softmax(-1));

        var statistic = chances.Select((chance, token) =>
        {
            var seen = token == model.Config.EosId ? drawn.Count(tokens => tokens.Length == 0) : drawn.Count(tokens => tokens is [var first] && first == token);
            return Math.Pow(seen - (Draws * chance), 2) / (Draws * chance);
        }).Sum();
        Assert.True(statistic < 48, $"χ² of {statistic:F1} with 22 degrees of freedom: beyond 48 with a chance of .001"); // the seeds are fixed
    }

    [Fact]
    public void Draw_StartWithoutRoom_IsRefused()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        Assert.Throws<ArgumentException>(() => SequenceSampler.Draw(model, [[0, 1, 2]], [1], 14, null, default));
    }
}
