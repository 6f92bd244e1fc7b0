using Tda.Labels.Encoders;
using Tda.Labels.Labelers;
using Tda.Labels.Onnx;
using Tda.TestKit;

namespace Tda.Labels.Tests.Onnx;

public sealed class OnnxClassifierTests : IDisposable
{
    private static readonly string[] Texts = ["good news", "bad", "", "news news news good", "bad bad news", "unheard"];

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("onnx/model.onnx")]
    public void Classify_ClassesThatExcludeEachOther_AreSoftmax(string at)
    {
        using var classifier = OnnxClassifier.Open(TinyClassifier.Write(_folder, at: at));

        Assert.Equal(["good", "bad"], classifier.Labels);
        Assert.False(classifier.IsMultiLabel);
        foreach (var (text, values) in Texts.Zip(classifier.Classify(Texts)))
        {
            var logits = TinyClassifier.Logits(text);
            Assert.Equal(Math.Exp(logits[0]) / (Math.Exp(logits[0]) + Math.Exp(logits[1])), values[0], 1e-5);
            Assert.Equal(1, values[0] + values[1], 1e-5);
        }
    }

    [Fact]
    public void Classify_SeveralLabels_AreLogisticFunctions()
    {
        using var classifier = OnnxClassifier.Open(TinyClassifier.Write(_folder, """{"id2label":{"0":"good","1":"bad"},"problem_type":"multi_label_classification"}"""));

        Assert.True(classifier.IsMultiLabel);
        foreach (var (text, values) in Texts.Zip(classifier.Classify(Texts)))
        {
            Assert.All(TinyClassifier.Logits(text).Zip(values), pair => Assert.Equal(1 / (1 + Math.Exp(-pair.First)), pair.Second, 1e-5));
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 3, 2)]
    [InlineData(64, 1_024, 2)]
    public void Classify_AnyBatch_SameValues(int batch, int atOnce, int threads)
    {
        TinyClassifier.Write(_folder);
        using var usual = OnnxClassifier.Open(_folder.Path);
        using var other = OnnxClassifier.Open(_folder.Path, new BatchingOptions { BatchSize = batch, TextsAtOnce = atOnce, Threads = threads });

        Assert.Equal(usual.Classify(Texts), other.Classify(Texts));
    }

    [Theory]
    [InlineData("single_label_classification")]
    [InlineData("multi_label_classification")]
    public void Classify_LongText_IsReadInWindows(string problem)
    {
        TinyClassifier.Write(_folder, $$"""{"id2label":{"0":"good","1":"bad"},"problem_type":"{{problem}}","max_position_embeddings":8}""");
        using var classifier = OnnxClassifier.Open(_folder.Path, new BatchingOptions { Windows = new WindowOptions { MaxTokens = 8, Overlap = 0, MostWindows = 2 } });
        string[] windows = ["good good good news news news", "bad bad news news news news"];

        var values = classifier.Classify([string.Join(' ', windows), string.Join(' ', windows) + " good"]).ToList();
        var apart = classifier.Classify(windows).ToList();

        float Expected(int label) => problem == "multi_label_classification" ? apart.Max(one => one[label]) : apart.Average(one => one[label]);
        Assert.Equal([Expected(0), Expected(1)], values[0]);
        Assert.Equal(values[0], values[1]); // what lies behind the second window is left out
        Assert.Equal(1, classifier.Cut);
        Assert.Contains("at most 8", Assert.Throws<UsageException>(() => OnnxClassifier.Open(_folder.Path, new BatchingOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LabelAsync_Texts_GiveEachLabelAValue()
    {
        var labeler = KnownLabelers.Open(new TdaHome(_folder["home"]), TinyClassifier.Write(_folder), "harm", 4);

        var results = await labeler.LabelAsync(Texts.Select((text, i) => new LabelInput(i, "", text)).ToAsyncEnumerable(), TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Texts.Length, results.Count);
        Assert.All(results, result => Assert.Equal(["bad", "good"], result.Values.Keys.Order(StringComparer.Ordinal)));
        Assert.True(results.Single(result => result.Index == 1).Values["bad"] > .9);
        Assert.StartsWith("onnx ", labeler.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UnknownInput_NamesTheInputs() => Refused("its inputs are input_ids, attention_mask, pixels", third: "pixels");

    [Fact]
    public void Open_NoLabels_SaysSo() => Refused("has no id2label", config: "{}");

    [Fact]
    public void Open_LabelsOfAnotherNumber_SaysHowMany() => Refused("names 3 labels", config: """{"id2label":{"0":"a","1":"b","2":"c"}}""");

    [Fact]
    public void Open_LabelTwice_IsRefused() => Refused("a name twice", config: """{"id2label":{"0":"a b","1":"a_b"}}""");

    [Fact]
    public void Open_VocabularyBeyondTheEmbedding_IsNotItsOwn() => Refused("the vocabulary isn't this model's own", rows: 5, config: """{"id2label":{"0":"a","1":"b"}}""");

    [Fact]
    public void Open_VocabularyBeyondTheConfiguration_IsNotItsOwn() => Refused("vocab_size is 5", config: """{"id2label":{"0":"a","1":"b"},"vocab_size":5}""");

    [Fact]
    public void Open_FileCutOff_SaysSo()
    {
        TinyClassifier.Write(_folder);
        File.WriteAllBytes(_folder["model.onnx"], File.ReadAllBytes(_folder["model.onnx"])[..60]);

        var error = Assert.Throws<BadInputException>(() => OnnxClassifier.Open(_folder.Path));

        Assert.Equal(_folder["model.onnx"], error.Path);
        Assert.Contains("can't be loaded by ONNX Runtime", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoModel_SaysSo() => Assert.Contains("no model.onnx", Assert.Throws<BadInputException>(() => OnnxClassifier.Open(_folder.Path)).Message, StringComparison.Ordinal);

    private void Refused(string said, string? config = null, int rows = 7, string? third = null)
    {
        TinyClassifier.Write(_folder, config ?? """{"id2label":{"0":"a","1":"b"}}""", rows, third);

        Assert.Contains(said, Assert.Throws<BadInputException>(() => OnnxClassifier.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
