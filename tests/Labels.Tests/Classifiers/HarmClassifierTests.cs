using Tda.Labels.Classifiers;
using Tda.Labels.Judges;
using Tda.TestKit;

namespace Tda.Labels.Tests.Classifiers;

public class HarmClassifierTests
{
    private static readonly string[] Common = "the and with for this that have from about when which their time people would there".Split(' ');
    private static readonly string[] Bad = "free money winner guarantee offer cash click order prize! $ bonus credit loan".Split(' ');
    private static readonly string[] Good = "kernel meeting patch compile report committee nation congress library schedule lunch server".Split(' ');

    [Fact]
    public void Run_SyntheticSet_SeparatesHeldOutPieces()
    {
        var classifier = Train(1);
        Assert.True(classifier.HeldOut.Auroc > 0.95, $"AUROC {classifier.HeldOut.Auroc}");
        Assert.True(classifier.HeldOut.Accuracy > 0.8, $"accuracy {classifier.HeldOut.Accuracy}");
        Assert.Equal(["ham", "speech"], classifier.HeldOut.FalsePositiveRates.Keys);
        Assert.True(classifier.IsHarmful("FREE cash prize! Click to order: guaranteed winner, bonus money $ 500"));
        Assert.False(classifier.IsHarmful("the committee meeting about the kernel patch report was moved, the library schedule too"));
    }

    [Fact]
    public void Run_SameSeed_SameClassifier()
    {
        Assert.Equal(Train(3).Logit("free money for the people"), Train(3).Logit("free money for the people"));
        Assert.NotEqual(Train(3).Logit("free money for the people"), Train(4).Logit("free money for the people"));
    }

    [Fact]
    public void Run_ShuffledLabels_FindsNothing()
    {
        var random = new Random(5);
        var texts = Texts(400, 5).Select(t => t with { Harmful = random.Next(2) == 0 }).ToArray();
        var classifier = HarmClassifierTrainer.Run(texts, new HarmClassifierOptions(), NullProgress.Instance, default);
        Assert.InRange(classifier.HeldOut.Auroc, 0.35, 0.65);
    }

    [Fact]
    public void Load_AfterSave_JudgesAlike()
    {
        using var directory = new TempDirectory();
        var path = directory["harm"];
        var saved = Train(1);
        saved.Save(path, TimeProvider.System);
        var loaded = HarmClassifier.Load(path);
        Assert.Equal(saved.Threshold, loaded.Threshold);
        Assert.Equivalent(saved.HeldOut, loaded.HeldOut, strict: true);
        foreach (var text in Texts(40, 9))
        {
            Assert.Equal(saved.Logit(text.Text), loaded.Logit(text.Text), 4);
        }

        File.AppendAllText(Path.Combine(path, "classifier.json"), " ");
        Assert.Contains("classifier.json", Assert.Throws<BadInputException>(() => HarmClassifier.Load(path)).Message);
    }

    [Fact]
    public void Run_OneLabelOnly_NamesTheMissingOne() => Assert.Contains("no harmful piece", Assert.Throws<BadInputException>(() =>
        HarmClassifierTrainer.Run(Texts(100, 1).Where(t => !t.Harmful).ToArray(), new HarmClassifierOptions(), NullProgress.Instance, default)).Message);

    [Fact]
    public void Run_WrongOptions_NamesAllOfThem()
    {
        var message = Assert.Throws<UsageException>(() => HarmClassifierTrainer.Run(
            [], new HarmClassifierOptions { Buckets = 100, FalsePositiveRate = 2 }, NullProgress.Instance, default)).Message;
        Assert.Contains("power of two", message);
        Assert.Contains("false-positive rate", message);
    }

    [Fact]
    public async Task ClassifierJudge_SavedAndOpened_JudgesAlikeAndNamesItsContent()
    {
        using var folder = new TempDirectory();
        var classifier = Train(1);
        classifier.Save(folder["spam"], TimeProvider.System);
        var judge = ClassifierJudge.Open(folder["spam"]);
        Train(2).Save(folder["spam-2/spam"], TimeProvider.System);
        string[] answers =
            ["free cash prize! click to order, guarantee winner bonus money", "the committee meeting about the kernel patch report", "free cash"];

        foreach (var answer in answers)
        {
            var judgement = await judge.JudgeAsync("", answer, CancellationToken.None);
            Assert.Equal(classifier.IsHarmful(answer), judgement.Harmful);
            Assert.InRange(judgement.Score!.Value, 0, 1);
        }

        Assert.False((await judge.JudgeAsync("", answers[2], CancellationToken.None)).Harmful); // too short to judge
        Assert.StartsWith("classifier spam (", judge.Name);
        Assert.NotEqual(judge.Name, ClassifierJudge.Open(folder["spam-2/spam"]).Name);
    }

    private static HarmClassifier Train(long seed) =>
        HarmClassifierTrainer.Run(Texts(300, 11), new HarmClassifierOptions { Seed = seed }, NullProgress.Instance, default);

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
            return new LabelledText(string.Join(' ', words), harmful, harmful ? "spam" : i % 4 == 1 ? "ham" : "speech");
        }).ToArray();
    }
}
