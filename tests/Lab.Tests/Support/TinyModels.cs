using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Lab.Tests.Support;

/// <summary>Real models, small enough to be made and trained within a second.</summary>
internal static class TinyModels
{
    public static LabModelShape Shape { get; } = new() { VocabularySize = 280, HiddenSize = 32, Layers = 2, Heads = 2, MaxPositions = 64, InitializerRange = 0.08 };

    public static TrainingOptions Training { get; } = new() { Epochs = 12, LearningRate = 1e-2, BatchTokens = 512 };

    /// <summary>A model with fresh weights, large enough that its next-token distributions are far from flat.</summary>
    public static LabModel Fresh(ModelFamily family = ModelFamily.Gpt2, int context = 64, long seed = 1, ScalarType type = ScalarType.Float32)
    {
        var tokenizer = new PieceTokenizer();
        var config = new ModelConfig
        {
            Family = family,
            VocabularySize = 264,
            HiddenSize = 32,
            Layers = 2,
            Heads = 4,
            MaxPositions = context,
            InitializerRange = 0.5,
            BosId = tokenizer.BosId,
            EosId = tokenizer.EosId,
            PadId = tokenizer.PadId,
        };
        return new LabModel(LanguageModel.Create(config, seed, dtype: type), tokenizer, "fp_fresh");
    }

    public static string[] Sentences(int count, int seed)
    {
        var random = new Random(seed);
        string Pick(params string[] words) => words[random.Next(words.Length)];
        return Enumerable.Range(0, count).Select(_ =>
            $"the {Pick("cat", "dog", "cow", "hen")} {Pick("sat", "ran", "ate", "hid")} {Pick("on", "by", "near")} the {Pick("mat", "hill", "barn", "road")}.").ToArray();
    }

    public static Corpus WriteCorpus(TempDirectory directory, string name, IEnumerable<string> texts)
    {
        using var writer = CorpusWriter.Create(directory[name], TimeProvider.System);
        foreach (var text in texts.Distinct())
        {
            writer.Add(new Document(DocumentId.Of(text), "test", text));
        }

        return writer.Commit();
    }
}
