using Tda.Lab.Generation;
using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.Lab.Tests.Generation;

public class BatchInvarianceTests
{
    private static readonly string[] Prompts = ["a", "bcd efg", "", "a longer prompt than the others", "xy", "0123456789", "q"];

    [Theory]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Llama)]
    public void Generate_AnyBatchSize_GivesTheSameTokensAndLogprobs(ModelFamily family)
    {
        using var model = TinyModels.Fresh(family);
        var alone = Generate(model, 1);
        foreach (var batch in new[] { 2, 5, 64 })
        {
            var together = Generate(model, batch);
            for (var i = 0; i < alone.Count; i++)
            {
                Assert.Equal(alone[i].Tokens.Select(t => t.Id), together[i].Tokens.Select(t => t.Id));
                Assert.All(alone[i].Tokens.Zip(together[i].Tokens), pair => Assert.Equal(pair.First.Logprob, pair.Second.Logprob, 1e-4f));
            }
        }

        // Sequences of different ends, or rows would never be moved.
        Assert.True(alone.Select(a => a.GeneratedTokens).Distinct().Count() > 2);
    }

    [Theory]
    [InlineData(ModelFamily.Gpt2)]
    [InlineData(ModelFamily.Llama)]
    public void Session_PrefillDecodeRemove_GivesTheLogitsOfAFullForwardPass(ModelFamily family)
    {
        using var model = TinyModels.Fresh(family);
        using var session = model.Open(4);
        var random = new Random(3);
        int[] Draw(int count) => Enumerable.Range(0, count).Select(_ => random.Next(256)).ToArray();
        var rows = new List<List<int>> { Draw(5).ToList(), Draw(1).ToList(), Draw(9).ToList() };
        var logits = new float[4 * model.VocabularySize];
        session.Prefill(rows.Select(r => r.ToArray()).ToArray(), logits);
        AssertFull(0);
        Decode();
        session.Remove(0); // the last row moves up
        rows[0] = rows[2];
        rows.RemoveAt(2);
        Decode();
        rows.AddRange([Draw(3).ToList(), Draw(7).ToList()]);
        session.Prefill(rows.Skip(2).Select(r => r.ToArray()).ToArray(), logits);
        AssertFull(2);
        Decode();
        session.Remove(3);
        rows.RemoveAt(3);
        Decode();

        void Decode()
        {
            var tokens = Draw(rows.Count);
            for (var i = 0; i < tokens.Length; i++)
            {
                rows[i].Add(tokens[i]);
            }

            session.Decode(tokens, logits);
            AssertFull(0);
        }

        void AssertFull(int first)
        {
            for (var row = first; row < rows.Count; row++)
            {
                using var scope = NewDisposeScope();
                using var gradients = no_grad();
                var ids = tensor(rows[row].Select(id => (long)id).ToArray(), [1, rows[row].Count]);
                var expected = model.Model.Forward(ids).select(1, -1).contiguous().data<float>().ToArray();
                for (var v = 0; v < expected.Length; v++)
                {
                    Assert.Equal(expected[v], logits[((row - first) * model.VocabularySize) + v], 1e-4f);
                }
            }
        }
    }

    [Fact]
    public async Task Server_RealModel_EqualsSampler()
    {
        using var model = TinyModels.Fresh();
        await using var served = await Served.StartAsync(model);
        var answers = await Task.WhenAll(Prompts.Select(prompt => served.PostAsync(
            "v1/completions", new { model = Served.Model, prompt, seed = 4, max_tokens = 30, temperature = 0.9 })));
        for (var i = 0; i < Prompts.Length; i++)
        {
            var options = new SamplerOptions { Seed = 4, Sampling = new SamplingSettings { MaxTokens = 30, Temperature = 0.9 } };
            var expected = Sampler.Generate(model, [Prompts[i]], options, NullProgress.Instance, default)[0];
            Assert.Equal(expected.Text, answers[i].GetProperty("choices")[0].GetProperty("text").GetString());
        }
    }

    private static IReadOnlyList<SampledCompletion> Generate(LabModel model, int batch) => Sampler.Generate(
        model, Prompts,
        new SamplerOptions { Choices = 3, Seed = 9, BatchSize = batch, Sampling = new SamplingSettings { Temperature = 1.5, MaxTokens = 40, TopLogprobs = 0 } },
        NullProgress.Instance, default);
}
