using Microsoft.ML.OnnxRuntime;
using Tda.Labels.Classifiers;
using Tda.Labels.Encoders;
using Tda.Labels.Judges;
using Tda.Labels.Labelers;
using Tda.TestKit;

namespace Tda.Labels.Tests.Classifiers;

public sealed class TextClassifierTests : IDisposable
{
    private static readonly string[] Common = "the and with for this that have from about when which their time people would there".Split(' ');
    private static readonly string[] Bad = "free money winner guarantee offer cash click order prize! $ bonus credit loan".Split(' ');
    private static readonly string[] Good = "kernel meeting patch compile report committee nation congress library schedule lunch server".Split(' ');

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_Words_SeparatesHeldOutPieces()
    {
        using var classifier = Train(1, ClassifierFeatures.Words);
        var harm = Assert.Single(classifier.Facts.Labels);
        Assert.True(harm.Auroc > 0.95, $"AUROC {harm.Auroc}");
        Assert.True(harm.Accuracy > 0.8, $"accuracy {harm.Accuracy}");
        Assert.True(harm.CalibrationError < .1, $"calibration error {harm.CalibrationError}");
        Assert.Equal(["ham", "speech"], harm.FalsePositiveRates.Keys);
        Assert.Equal(["harm"], classifier.Labels);
        var values = classifier.Values(
        [
            "FREE cash prize! Click to order: guaranteed winner, bonus money $ 500",
            "the committee meeting about the kernel patch report was moved, the library schedule too",
            "free cash", // too short to judge
        ]).Select(value => value[0]).ToArray();
        Assert.True(values[0] >= .5 && values[1] < .5 && values[2] < .5, string.Join(", ", values));
    }

    /// <summary>Words that no training text has: the encoder knows what they mean, and the words' side can't.</summary>
    [Fact]
    public void Run_Auto_TakesTheEncoderWhereWordsDiffer()
    {
        var sport = "football goalkeeper tennis stadium coach marathon cyclist referee basketball swimmer league athlete hockey golfer rugby wrestler sprinter boxing skiing rowing cricket medal gymnast tournament".Split(' ');
        var food = "bread soup cheese kitchen recipe butter onions restaurant dessert oven noodles salad garlic chocolate pancake sausage vinegar cabbage cinnamon yoghurt honey pasta omelette bakery".Split(' ');
        var texts = Enumerable.Range(0, 48).Select(i => LabelledText.Of(
            $"yesterday they wrote about the {(i % 2 == 0 ? sport : food)[i / 2]} at some length in the local paper of this town, and people read it", i % 2 == 0, "x")).ToList();

        using var classifier = TextClassifierTrainer.Run(texts, new TextClassifierOptions { Seed = 1, FalsePositiveRate = .2 }, () => SentenceEncoder.Shared, NullProgress.Instance, default);

        Assert.Equal(["both", "encoder", "words"], classifier.Facts.CrossValidation.Keys);
        Assert.NotEqual(ClassifierFeatures.Words, classifier.Facts.Features);
        Assert.True(classifier.Facts.CrossValidation["encoder"] < classifier.Facts.CrossValidation["words"]);
        var values = classifier.Values(["the volleyball team won its match in the arena last night, said the trainer", "a pizza with mushrooms and tomato sauce was baked for lunch, said the cook"]);
        Assert.Equal([true, false], values.Select(value => value[0] >= .5));
    }

    [Fact]
    public void Run_SeveralClasses_GiveProbabilitiesThatAddUp()
    {
        string[][] words = [["football", "goalkeeper", "stadium"], ["bread", "soup", "kitchen"], ["senate", "election", "minister"]];
        string[] names = ["sport", "food", "politics"];
        var texts = Enumerable.Range(0, 90).Select(i => new LabelledText(
            $"number {i}: they wrote about the {words[i % 3][i / 3 % 3]} and once more about the {words[i % 3][i / 9 % 3]} in the paper of this town", names[i % 3], names[i % 3])).ToList();

        using var classifier = TextClassifierTrainer.Run(texts, new TextClassifierOptions { Features = ClassifierFeatures.Both }, () => SentenceEncoder.Shared, NullProgress.Instance, default);

        Assert.Equal(["food", "politics", "sport"], classifier.Labels);
        Assert.Null(classifier.Facts.Threshold);
        Assert.True(classifier.Facts.Accuracy > .9);
        var values = classifier.Values(["the parliament passed a law after the vote"]).Single();
        Assert.Equal(1, values.Sum(), 1e-6);
        Assert.Equal(1, Array.IndexOf(values, values.Max()));
    }

    [Fact]
    public void Run_SameSeed_SameClassifier()
    {
        double Of(long seed)
        {
            using var classifier = Train(seed, ClassifierFeatures.Words);
            return classifier.Values(["free money for the people of this nation"]).Single()[0];
        }

        Assert.Equal(Of(3), Of(3));
        Assert.NotEqual(Of(3), Of(4));
    }

    [Fact]
    public void Run_ShuffledLabels_FindsNothing()
    {
        var random = new Random(5);
        var texts = Texts(400, 5).Select(text => LabelledText.Of(text.Text, random.Next(2) == 0, text.Kind)).ToArray();
        using var classifier = TextClassifierTrainer.Run(texts, new TextClassifierOptions { Features = ClassifierFeatures.Words }, NoEncoder, NullProgress.Instance, default);
        Assert.InRange(classifier.Facts.Labels[0].Auroc!.Value, 0.35, 0.65);
    }

    [Theory]
    [InlineData(ClassifierFeatures.Words)]
    [InlineData(ClassifierFeatures.Encoder)]
    [InlineData(ClassifierFeatures.Both)]
    public void Load_AfterSave_JudgesAlike_AndDamageIsFound(ClassifierFeatures features)
    {
        var path = _folder["harm"];
        string[] probes = [.. Texts(12, 9).Select(text => text.Text)];
        using var saved = Train(1, features, count: 80);
        saved.Save(path, TimeProvider.System);
        using var loaded = TextClassifier.Load(path);

        Assert.Equivalent(saved.Facts, loaded.Facts, strict: true);
        Assert.All(saved.Values(probes).Zip(loaded.Values(probes)), pair => Assert.Equal(pair.First[0], pair.Second[0], 1e-5));
        Assert.Equal(features != ClassifierFeatures.Words, File.Exists(Path.Combine(path, "head.onnx")));
        File.AppendAllText(Path.Combine(path, "classifier.json"), " ");
        Assert.Contains("classifier.json", Assert.Throws<BadInputException>(() => TextClassifier.Load(path)).Message);
    }

    /// <summary>What any ONNX Runtime computes from the encoder's vectors is the classifier, calibration included.</summary>
    [Fact]
    public void Save_EncoderAlone_HeadIsTheWholeClassifier()
    {
        string[] probes = [.. Texts(6, 9).Select(text => text.Text)];
        using var classifier = Train(1, ClassifierFeatures.Encoder, count: 80);
        classifier.Save(_folder["harm"], TimeProvider.System);

        using var session = new InferenceSession(Path.Combine(_folder["harm"], "head.onnx"));
        var vectors = SentenceEncoder.Shared.Encode(probes).SelectMany(vector => vector).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(vectors, [probes.Length, 384]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["embeddings"], [input], ["probabilities"]);

        var chances = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        Assert.All(chances.Zip(classifier.Chances(probes, default)), pair => Assert.Equal(pair.Second[1], pair.First, 1e-5));
    }

    [Fact]
    public void Run_OneLabelOnly_NamesTheMissingOne() => Assert.Contains("too few harmful piece", Assert.Throws<BadInputException>(() =>
        TextClassifierTrainer.Run(Texts(100, 1).Where(text => text.Label == LabelledText.Benign).ToArray(), new TextClassifierOptions(), NoEncoder, NullProgress.Instance, default)).Message);

    [Fact]
    public void Run_WrongOptions_NamesAllOfThem()
    {
        var message = Assert.Throws<UsageException>(() => TextClassifierTrainer.Run(
            [], new TextClassifierOptions { Buckets = 100, FalsePositiveRate = 2, Folds = 1 }, NoEncoder, NullProgress.Instance, default)).Message;
        Assert.Contains("power of two", message);
        Assert.Contains("false-positive rate", message);
        Assert.Contains("folds", message);
    }

    [Fact]
    public async Task ClassifierJudge_SavedAndOpened_JudgesAlikeAndNamesItsContent()
    {
        using var classifier = Train(1, ClassifierFeatures.Words);
        classifier.Save(_folder["spam"], TimeProvider.System);
        var judge = ClassifierJudge.Open(_folder["spam"]);
        Train(2, ClassifierFeatures.Words).Save(_folder["spam-2/spam"], TimeProvider.System);
        string[] answers =
            ["free cash prize! click to order, guarantee winner bonus money", "the committee meeting about the kernel patch report", "free cash"];

        foreach (var answer in answers)
        {
            var judgement = await judge.JudgeAsync("", answer, CancellationToken.None);
            Assert.Equal(classifier.Values([answer]).Single()[0] >= .5, judgement.Harmful);
            Assert.InRange(judgement.Score!.Value, 0, 1);
        }

        Assert.False((await judge.JudgeAsync("", answers[2], CancellationToken.None)).Harmful); // too short to judge
        Assert.StartsWith("classifier spam (", judge.Name);
        Assert.NotEqual(judge.Name, ClassifierJudge.Open(_folder["spam-2/spam"]).Name);
        Assert.Equal(judge.Name, ClassifierLabeler.Open(_folder["spam"]).Name);
    }

    [Theory]
    [InlineData("{\"text\":\"a\",\"harmful\":true}\n{\"text\":\"b\",\"label\":\"c\"}", "line 2")]
    [InlineData("{\"text\":\"a\"}", "line 1")]
    [InlineData("{\"text\":\"a\",\"label\":\"no name\"}", "can't be a label's name")]
    [InlineData("", "no labelled text")]
    public void LabelledFile_BadLine_SaysWhich(string content, string said) =>
        Assert.Contains(said, Assert.Throws<BadInputException>(() => LabelledFile.Read(_folder.Write("l.jsonl", content))).Message, StringComparison.Ordinal);

    private static TextClassifier Train(long seed, ClassifierFeatures features, int count = 300) => TextClassifierTrainer.Run(
        Texts(count, 11), new TextClassifierOptions { Seed = seed, Features = features }, () => SentenceEncoder.Shared, NullProgress.Instance, default);

    private static ITextEncoder NoEncoder() => SentenceEncoder.Shared;

    private static LabelledText[] Texts(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(i =>
        {
            var harmful = i % 2 == 0;
            var words = Enumerable.Range(0, 80).Select(_ =>
            {
                var list = random.Next(4) > 0 ? Common : (random.Next(5) > 0) == harmful ? Bad : Good;
                return list[random.Next(list.Length)];
            });
            return LabelledText.Of(string.Join(' ', words), harmful, harmful ? "spam" : i % 4 == 1 ? "ham" : "speech");
        }).ToArray();
    }
}
