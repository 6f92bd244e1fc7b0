using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Index;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>A home with a small corpus and an untrained surrogate.</summary>
internal sealed class TestHome : IDisposable
{
    private static readonly string[] Subjects = ["the cat", "a dog", "our bank", "the prince", "this pill", "a senator", "the union", "my friend"];
    private static readonly string[] Verbs = ["sleeps on", "asks for", "sends", "promises", "speaks of", "buys"];
    private static readonly string[] Objects = ["the mat", "money now", "peace and war", "cheap watches", "a long letter", "the budget"];

    private readonly TempDirectory _directory = new();

    public TestHome(ModelFamily family = ModelFamily.Llama, int documents = 24, int poison = -1)
    {
        Home = new TdaHome(_directory.Path);
        Texts = [.. Enumerable.Range(0, documents).Select(Text)];
        Tokenizer = BpeTrainer.Train(Texts, new BpeOptions { VocabularySize = 320 });
        Directory.CreateDirectory(Home.CorporaDirectory);
        using (var writer = CorpusWriter.Create(Home.CorpusDirectory("c"), Time))
        {
            for (var i = 0; i < documents; i++)
            {
                writer.Add(new Document(DocumentId.Of(Texts[i]), i % 3 == 0 ? "spam" : "ham", Texts[i]));
            }

            writer.Commit();
        }
        WriteSurrogate("s", family, Tokenizer, poison);
    }

    public TdaHome Home { get; }

    public FakeTimeProvider Time { get; } = new();

    public IReadOnlyList<string> Texts { get; }

    public ByteLevelBpe Tokenizer { get; }

    public IndexOptions Index(string name = "i") => new() { Home = Home, Surrogate = "s", Corpus = "c", Name = name, BatchTokens = 64, ShardDocuments = 7, Rank = 4 };

    public IReadOnlyList<Query> Queries(int count = 3) => [.. Enumerable.Range(0, count).Select(i => new Query($"q{i}", "Tell me: ", Text(100 + i)))];

    public IReadOnlyList<Query> Others(int count = 2) => [.. Enumerable.Range(0, count).Select(i => new Query($"o{i}", string.Empty, Text(200 + i)))];

    /// <param name="name">Name of the surrogate.</param>
    /// <param name="family">Its family.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="poison">A token whose embedding is made infinite.</param>
    /// <param name="seed">Of its weights.</param>
    /// <param name="member">Which of an ensemble.</param>
    public void WriteSurrogate(string name, ModelFamily family, ByteLevelBpe tokenizer, int poison = -1, int seed = 3, int member = 0)
    {
        var path = member == 0 ? Home.SurrogateDirectory(name) : Path.Combine(Home.SurrogateDirectory(name), "ensemble", $"{member}");
        Directory.CreateDirectory(path);
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(
            new ModelConfig { Family = family, VocabularySize = tokenizer.VocabularySize, HiddenSize = 12, Layers = 2, Heads = 2, IntermediateSize = 16, MaxPositions = 12, InitializerRange = .2, TieEmbeddings = family == ModelFamily.Gpt2 },
            seed, CPU);
        if (poison >= 0)
        {
            using var none = no_grad();
            model.Parameters.First(p => p.Name.Contains("embed_tokens") || p.Name.Contains("wte")).Tensor.select(0, poison).fill_(double.PositiveInfinity);
        }
        model.Save(path);
        tokenizer.Save(Path.Combine(path, "tokenizer.json"));
    }

    public void Dispose() => _directory.Dispose();

    // Lengths differ, so that there is padding, and some are longer than the surrogate's context.
    private static string Text(int i)
    {
        var random = new Random(1000 + i);
        return string.Join(". ", Enumerable.Range(0, 1 + i % 4).Select(_ => $"{Pick(Subjects)} {Pick(Verbs)} {Pick(Objects)}")) + $" {i}";

        string Pick(string[] from) => from[random.Next(from.Length)];
    }
}
