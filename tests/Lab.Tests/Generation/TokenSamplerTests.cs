using Tda.Lab.Generation;
using Tda.Lab.Tests.Support;

namespace Tda.Lab.Tests.Generation;

public class TokenSamplerTests
{
    private const int Draws = 40_000;
    private static readonly PieceTokenizer Tokenizer = new();

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.5, 1.0)]
    [InlineData(1.7, 1.0)]
    [InlineData(1.0, 0.6)]
    [InlineData(0.8, 0.9)]
    [InlineData(1.0, 0.0)]
    public void Next_TemperatureAndTopP_DrawFromReferenceDistribution(double temperature, double topP)
    {
        var logits = Logits(('a', 2f), ('b', 1f), ('c', 0.5f), ('d', 0f), ('e', -1f));
        var expected = Reference(logits, temperature, topP);
        var sampler = new TokenSampler(Tokenizer, new SamplingSettings { Temperature = temperature, TopP = topP }, 7);
        var counts = new int[logits.Length];
        for (var i = 0; i < Draws; i++)
        {
            counts[sampler.Next((float[])logits.Clone()).Id]++;
        }

        for (var id = 0; id < logits.Length; id++)
        {
            var deviation = Math.Sqrt(expected[id] * (1 - expected[id]) / Draws);
            Assert.True(
                Math.Abs((counts[id] / (double)Draws) - expected[id]) <= (5 * deviation) + 1e-12,
                $"token {id}: {counts[id] / (double)Draws}, expected {expected[id]}");
        }
    }

    [Fact]
    public void Next_ZeroTemperature_TakesMostLikelyWithModelLogprob()
    {
        var logits = Logits(('x', 1f), ('y', 3f), ('z', 2f));
        var token = new TokenSampler(Tokenizer, new SamplingSettings { Temperature = 0, TopLogprobs = 2 }, 0).Next(logits);
        var normaliser = Math.Log(Math.Exp(1) + Math.Exp(3) + Math.Exp(2));
        Assert.Equal('y', token.Id);
        Assert.Equal(3 - normaliser, token.Logprob, 5);
        Assert.Equal(['y', 'z'], token.Top.Select(t => (char)t.Id));
        Assert.Equal(2 - normaliser, token.Top[1].Logprob, 5);
    }

    [Fact]
    public void Next_LogprobsUnderTemperature_AreTheModelsOwn()
    {
        var logits = Logits(('x', 1f), ('y', 3f));
        var settings = new SamplingSettings { Temperature = 2, TopP = 0.95, TopLogprobs = 0 };
        var token = new TokenSampler(Tokenizer, settings, 3).Next((float[])logits.Clone());
        Assert.Equal(logits[token.Id] - Math.Log(Math.Exp(1) + Math.Exp(3)), token.Logprob, 5);
    }

    [Fact]
    public void Next_BosAndPadMostLikely_AreNeverEmittedAndCarryNoMass()
    {
        var logits = Logits(('x', 0f));
        logits[Tokenizer.BosId] = logits[Tokenizer.PadId] = 50;
        var token = new TokenSampler(Tokenizer, new SamplingSettings { TopLogprobs = 5 }, 1).Next(logits);
        Assert.Equal('x', token.Id);
        Assert.Equal(0, token.Logprob, 5);
        Assert.Single(token.Top);
    }

    [Fact]
    public void Next_SameSeed_SameTokens()
    {
        var logits = Enumerable.Range(0, Tokenizer.VocabularySize).Select(i => MathF.Sin(i)).ToArray();
        int[] Draw(ulong seed)
        {
            var sampler = new TokenSampler(Tokenizer, new SamplingSettings(), seed);
            return Enumerable.Range(0, 50).Select(_ => sampler.Next((float[])logits.Clone()).Id).ToArray();
        }

        Assert.Equal(Draw(5), Draw(5));
        Assert.NotEqual(Draw(5), Draw(6));
    }

    [Fact]
    public void Next_LogitsNotFinite_SaysSo() =>
        Assert.Contains("not finite", Assert.Throws<TdaException>(
            () => new TokenSampler(Tokenizer, new SamplingSettings(), 0).Next(Enumerable.Repeat(float.NaN, 259).ToArray())).Message);

    private static float[] Logits(params (char Token, float Logit)[] some)
    {
        var logits = Enumerable.Repeat(float.NegativeInfinity, Tokenizer.VocabularySize).ToArray();
        foreach (var (token, logit) in some)
        {
            logits[token] = logit;
        }

        return logits;
    }

    private static double[] Reference(float[] logits, double temperature, double topP)
    {
        var weights = logits.Select(l => Math.Exp(l / temperature)).ToArray();
        var total = weights.Sum();
        var kept = new double[weights.Length];
        double mass = 0;
        foreach (var (weight, id) in weights.Select((w, id) => (w / total, id)).OrderByDescending(p => p.Item1))
        {
            if (mass >= topP && mass > 0)
            {
                break;
            }

            kept[id] = weight;
            mass += weight;
        }

        return kept.Select(k => k / mass).ToArray();
    }
}
