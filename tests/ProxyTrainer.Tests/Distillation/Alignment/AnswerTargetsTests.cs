using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Tests.Tokenization;
using Tda.ProxyTrainer.Tokenization;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation.Alignment;

public class AnswerTargetsTests
{
    private static readonly ByteLevelBpe Small = BpeTrainer.Train([Texts.English], new BpeOptions { VocabularySize = 280 });
    private static readonly ByteLevelBpe Large = BpeTrainer.Train([Texts.English, Texts.Random(1)], new BpeOptions { VocabularySize = 420 });

    [Fact]
    public void Of_AnyTextAndTokenizers_KeepsTheAnswersLogProbability()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            foreach (var upstream in new ITokenizer[] { Small, Large, new ByteTokenizer(), new ByteTokenizer(3) })
            {
                var text = Texts.Random(seed, pieces: 25);
                var answer = Answer(upstream, text, seed);
                var tokens = Large.Encode(answer.Response);
                var runs = new AnswerTargets(Large).Of(answer, tokens);

                Assert.Equal(answer.Logprob!.Value, runs.Sum(run => Math.Log(run.Probabilities[0])), 9);
                // Runs follow each other, so that their texts are the answer.
                Assert.Equal([.. runs.Select(run => run.Start + run.Count)], [.. runs.Skip(1).Select(run => run.Start), tokens.Length]);
                Assert.All(runs, run => Assert.Equal(run.Count == 1 ? tokens[run.Start] : -1, run.Ids.FirstOrDefault(-1)));
            }
        }
    }

    [Fact]
    public void Of_TheSameTokenizer_EqualsTheDirectDivergence()
    {
        using var scope = torch.NewDisposeScope();
        using var model = LanguageModel.Create(
            TinyModels.Config(ModelFamily.Llama) with { VocabularySize = Small.VocabularySize, MaxPositions = 400 }, 5, dtype: torch.ScalarType.Float64);
        var answer = Answer(Small, Texts.Random(7, pieces: 20), seed: 7, alternatives: 5);
        var tokens = Small.Encode(answer.Response);
        var runs = new AnswerTargets(Small).Of(answer, tokens);
        Assert.Equal(Enumerable.Range(0, tokens.Length), runs.Select(run => run.Start));

        // Token by token, from the closed model's own ids and the surrogate's logits.
        var logits = new ReferenceModel(model).Logits([Small.BosId, .. Small.Encode(answer.Prompt), .. tokens]);
        var expected = 0.0;
        for (var t = 0; t < tokens.Length; t++)
        {
            var row = logits[Small.Encode(answer.Prompt).Length + t];
            var total = row.Sum(Math.Exp);
            (int Id, double P)[] named = [.. Named(Small, tokens[t], 7 + t, 5)];
            double rest = 1 - named.Sum(one => one.P), other = 1 - named.Sum(one => Math.Exp(row[one.Id]) / total);
            expected += named.Sum(one => one.P * Math.Log(one.P / (Math.Exp(row[one.Id]) / total))) + (rest * Math.Log(rest / other));
        }

        Assert.Equal(expected, AnswerDivergence.Of(model, Small, [answer])[0].Kl, 5); // alternatives are kept in float
    }

    [Fact]
    public void Of_AlternativesOfOneTokenOnBothSides_AreFoundByTheirText()
    {
        var the = Assert.Single(Large.Encode(" the"));
        var worst = Large.Encode(" worst");
        Assert.True(Large.Encode(" foolishnesses").Length > 1);
        var answer = Read(" the", new TokenLogprob(" the", Math.Log(.5),
            [new(" the", Math.Log(.5)), new(" worst", Math.Log(.2)), new(" foolishnesses", Math.Log(.1)), new("", Math.Log(.05))]));

        var run = Assert.Single(new AnswerTargets(Large).Of(answer, [the]));

        // What isn't one token here is left to the rest; no text is the answer's end.
        int[] expected = worst.Length == 1 ? [the, worst[0], Large.EosId] : [the, Large.EosId];
        Assert.Equal(expected, run.Ids);
        Assert.Equal(worst.Length == 1 ? .75 : .55, run.Probabilities.Sum(), 6);
        Assert.Equal(the, run.Top);
    }

    [Fact]
    public void Of_TopOfOtherSpelling_IsNotCompared()
    {
        var the = Assert.Single(Large.Encode(" the"));
        Assert.Null(Of(.3, new TokenAlternative(" foolishnesses", Math.Log(.6))));
        Assert.Null(Of(.3));
        Assert.Equal(the, Of(.6));

        int? Of(double own, params TokenAlternative[] alternatives) =>
            Assert.Single(new AnswerTargets(Large).Of(Read(" the", new TokenLogprob(" the", Math.Log(own), alternatives)), [the])).Top;
    }

    [Fact]
    public void Of_EndWithAProbability_IsATargetOfEos()
    {
        var answer = Read(" the", new TokenLogprob(" the", -.5, []), new TokenLogprob("<|im_end|>", Math.Log(.25), []));
        var tokens = Large.Encode(" the");
        var runs = new AnswerTargets(Large).Of(answer, tokens);
        Assert.Equal((tokens.Length, 1), (runs[^1].Start, runs[^1].Count));
        Assert.Equal([Large.EosId], runs[^1].Ids);
        Assert.Equal(.25, runs[^1].Probabilities[0], 12);
    }

    [Fact]
    public void Of_TokenizerThatComposes_AlignsByCharacters()
    {
        // "e" and a combining accent become "é" in the surrogate's vocabulary; its bytes are no part of the text.
        var path = Path.GetTempFileName();
        try
        {
            Small.Save(path);
            File.WriteAllText(path, File.ReadAllText(path).Replace("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}"));
            var composing = ByteLevelBpe.Load(path);
            const string text = "cafe\u0301 the";
            var tokens = composing.Encode(text);
            Assert.NotEqual(text, composing.Decode(tokens));
            var answer = Answer(new ByteTokenizer(), text, seed: 1);

            var runs = new AnswerTargets(composing).Of(answer, tokens);

            Assert.Equal(tokens.Length, runs.Sum(run => run.Count));
            Assert.Equal(answer.Logprob!.Value, runs.Sum(run => Math.Log(run.Probabilities[0])), 9);
            // No run ends inside of the composed character: c, a, f, é, space, t … or larger.
            Assert.Contains(runs, run => run.Count == 2 && run.Ids.Length == 0);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Example_LongerThanTheContext_KeepsTheRunsThatAreWhole()
    {
        var answer = Answer(Small, Texts.English, seed: 3);
        var example = answer.Example(new AnswerTargets(Large), 24, share: .5, temperature: 1);
        Assert.Equal(24, example.Tokens.Length);
        Assert.All(example.Targets!.Runs, run => Assert.InRange(run.Start + run.Count, 2, 24));
        Assert.All(example.Targets.Runs, run => Assert.True(run.Count > 1 || run.Ids[0] == example.Tokens[run.Start]));
    }

    // An answer that a model with this tokenizer gave: probabilities are seeded numbers.
    private static LoggedResponse Answer(ITokenizer tokenizer, string text, int seed, int alternatives = 0)
    {
        var response = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return Read(response,
        [
            .. tokenizer.Encode(response).Select((id, t) =>
            {
                (int Id, double P)[] named = [.. Named(tokenizer, id, seed + t, alternatives)];
                return new TokenLogprob(tokenizer.Decode([id]), Math.Log(named[0].P), [.. named.Skip(alternatives > 0 ? 0 : 1).Select(one =>
                    new TokenAlternative(tokenizer.Decode([one.Id]), Math.Log(one.P)) { Bytes = Bytes(one.Id) })]) { Bytes = Bytes(id) };
            }),
        ]);

        int[] Bytes(int id) => [.. tokenizer.DecodeBytes([id]).Select(value => (int)value)];
    }

    private static IEnumerable<(int Id, double P)> Named(ITokenizer tokenizer, int id, int seed, int alternatives)
    {
        var random = new Random(seed);
        var own = .05 + (.4 * random.NextDouble());
        return [(id, own), .. Enumerable.Range(30, 200).Where(other => other != id && tokenizer.DecodeBytes([other]).Length > 0).Skip(seed % 20)
            .Take(alternatives).Select(other => (other, .08 * (1 - random.NextDouble())))];
    }

    private static LoggedResponse Read(string text, params TokenLogprob[] logged)
    {
        Assert.True(UpstreamTokens.TryRead(text, logged, out var tokens, out var fault), fault);
        return new LoggedResponse("Say: ", text, tokens.Logprob) { Tokens = tokens };
    }
}
