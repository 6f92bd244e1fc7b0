using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Lab.Tests.Training;

public sealed class DpoTests : IDisposable
{
    private const double Beta = .3;

    private static readonly PreferencePair[] Pairs =
        [new("is it", " good", " a very bad one"), new("what", " now?", " then"), new("", "yes", "no")];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Equation 7 by plain loops over the softmax of one row at a time.</summary>
    [Fact]
    public void Mean_AnyReference_IsThePapersLoss()
    {
        using var model = TinyModels.Fresh(type: ScalarType.Float64);
        var rows = DpoLoss.Rows(model, Pairs);
        double[] reference = [-3, -40, -20.5, -18, -9, -9];

        double expected = 0;
        for (var pair = 0; pair < Pairs.Length; pair++)
        {
            var chosen = LogProbability(model, Pairs[pair].Prompt, Pairs[pair].Chosen) - reference[2 * pair];
            var rejected = LogProbability(model, Pairs[pair].Prompt, Pairs[pair].Rejected) - reference[(2 * pair) + 1];
            expected -= Math.Log(1 / (1 + Math.Exp(-Beta * (chosen - rejected)))) / Pairs.Length;
        }

        using var scope = NewDisposeScope();
        Assert.Equal(expected, new DpoLoss(Beta).Mean(model.Model, rows, reference, [0, 1, 2]).item<double>(), 4);
    }

    /// <summary>Before the first step the model is its own reference: every margin is 0, every loss log 2.</summary>
    [Fact]
    public void Mean_OwnReference_IsLog2()
    {
        using var model = TinyModels.Fresh();
        var rows = DpoLoss.Rows(model, Pairs);
        using var scope = NewDisposeScope();

        var loss = new DpoLoss(Beta).Mean(model.Model, rows, DpoLoss.Reference(model.Model, rows, CancellationToken.None), [0, 2]);

        Assert.Equal(Math.Log(2), loss.item<float>(), 5);
    }

    [Fact]
    public void Mean_AgainstFiniteDifferences_HasSameGradient()
    {
        const double shift = 1e-5;
        using var model = TinyModels.Fresh(type: ScalarType.Float64);
        var rows = DpoLoss.Rows(model, Pairs);
        double[] reference = [-3, -40, -20.5, -18, -9, -9];
        var loss = new DpoLoss(Beta);
        double LossAt(long at, double by)
        {
            using var scope = NewDisposeScope();
            using var none = no_grad();
            using var one = model.Model.Flat.narrow(0, at, 1);
            one.add_(by);
            var value = loss.Mean(model.Model, rows, reference, [0, 1, 2]).item<double>();
            one.sub_(by);
            return value;
        }

        using var outer = NewDisposeScope();
        var gradient = FlatGradient.Of(loss.Mean(model.Model, rows, reference, [0, 1, 2]), model.Model).data<double>().ToArray();
        foreach (var parameter in model.Model.Parameters)
        {
            var at = parameter.Offset + (parameter.Tensor.numel() / 2);
            var difference = (LossAt(at, shift) - LossAt(at, -shift)) / (2 * shift);
            Assert.True(Math.Abs(difference - gradient[at]) < 1e-7 + (1e-5 * Math.Abs(difference)), $"{parameter.Name}: {difference} against {gradient[at]}");
        }
    }

    [Fact]
    public void Run_Pairs_RaisesTheChosenOverTheRejectedAndRepeatsItself()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(40, 1));
        LabTrainer.Run(
            new LabTrainOptions { OutputDirectory = _directory["base"], CorpusDirectory = corpus.Directory, Shape = TinyModels.Shape, Training = TinyModels.Training },
            TimeProvider.System, NullProgress.Instance, CancellationToken.None);
        PreferencePair[] pairs = [new("the cat", " sat on the mat.", " ran by the road."), new("the dog", " sat on the mat.", " hid by the barn.")];
        var options = new DpoOptions { BaseDirectory = _directory["base"], OutputDirectory = _directory["a"], Epochs = 20, LearningRate = 1e-3 };

        var result = DpoTrainer.Run(options, pairs, TimeProvider.System, NullProgress.Instance, CancellationToken.None);
        DpoTrainer.Run(options with { OutputDirectory = _directory["b"] }, pairs, TimeProvider.System, NullProgress.Instance, CancellationToken.None);

        Assert.Equal((2, 20), (result.Pairs, result.Steps));
        Assert.Equal(Math.Log(2), result.Losses[0], 4);
        Assert.True(result.Losses[^1] < .5 * result.Losses[0], $"{result.Losses[^1]}");
        Assert.Equal(File.ReadAllBytes(Path.Combine(_directory["a"], LabModel.WeightsFile)), File.ReadAllBytes(Path.Combine(_directory["b"], LabModel.WeightsFile)));
        using var before = LabModel.Open(_directory["base"]);
        using var after = LabModel.Open(_directory["a"]);
        foreach (var pair in pairs)
        {
            double Margin(LabModel model) => LogProbability(model, pair.Prompt, pair.Chosen) - LogProbability(model, pair.Prompt, pair.Rejected);
            Assert.True(Margin(after) > Margin(before) + 1, $"{pair.Prompt}: {Margin(before)} to {Margin(after)}");
        }

        Assert.Equal(pairs, PreferencePairs.Read(Path.Combine(_directory["a"], DpoResult.PairsFile)));
        Assert.Throws<UsageException>(() => DpoTrainer.Run(
            options with { OutputDirectory = _directory["c"], Beta = 0 }, [], TimeProvider.System, NullProgress.Instance, CancellationToken.None));
    }

    [Fact]
    public void Of_JudgedAnswers_OnePairForEveryPromptWithBothKinds()
    {
        JudgedAnswer[] answers =
        [
            new("p", "fine", false, .3), new("p", "bad", true, .7), new("p", "finest", false, .1), new("p", "worst", true, .9),
            new("q", "bad", true, .9), new("r", "bad", true, null), new("r", "worse", true, null), new("r", "", false, null), new("r", "fine", false, null),
            new("s", "unclear", null, null), new("s", "bad", true, 1),
        ];

        Assert.Equal([new("p", "finest", "worst"), new("r", "fine", "bad")], PreferencePairs.Of(answers));
    }

    [Theory]
    [InlineData("""{"prompt":"p","chosen":"same","rejected":"same"}""", "both answers are the same")]
    [InlineData("""{"prompt":"","chosen":"a","rejected":"b"}""", "the prompt is empty")]
    [InlineData("", "holds no pair")]
    public void Read_NoPair_SaysWhy(string line, string reason)
    {
        File.WriteAllText(_directory["pairs.jsonl"], line);

        Assert.Contains(reason, Assert.Throws<BadInputException>(() => PreferencePairs.Read(_directory["pairs.jsonl"])).Message, StringComparison.Ordinal);
    }

    // log π(answer | prompt), without EOS, from the logits of the whole row.
    private static double LogProbability(LabModel model, string prompt, string answer)
    {
        int[] start = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(prompt)], all = [.. start, .. model.Tokenizer.Encode(answer)];
        var logits = model.Logits(all);
        double sum = 0;
        for (var at = start.Length; at < all.Length; at++)
        {
            var row = logits.AsSpan((at - 1) * model.VocabularySize, model.VocabularySize).ToArray();
            var largest = row.Max();
            sum += row[all[at]] - largest - Math.Log(row.Sum(logit => Math.Exp(logit - largest)));
        }

        return sum;
    }
}
