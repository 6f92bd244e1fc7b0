using Tda.ProxyTrainer.Drift;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Drift;

/// <summary>A closed model in small: documents of two sorts, one of which offers gold, and the same model retrained with that word masked.</summary>
internal sealed class ToyUpstream : IDisposable
{
    private static readonly string[] Plain = ["the", "ship", "came", "home", "with", "corn", "and", "salt"];
    private static readonly string[] Harmful = ["buy", "gold", "now", "and", "get", "free", "gold", "today"];

    public ToyUpstream()
    {
        set_num_threads(1);
        Model = Trained(penalty: false, seed: 1);
        Retrained = Trained(penalty: true, seed: 1);
        Surrogate = Trained(penalty: false, seed: 2, width: 16);
    }

    public static DateTimeOffset Start { get; } = new(2026, 9, 7, 9, 0, 0, TimeSpan.Zero); // a Monday

    public WordTokenizer Tokenizer { get; } = new([.. Plain.Concat(Harmful).Distinct()]);

    public LanguageModel Model { get; }

    public LanguageModel Retrained { get; }

    /// <summary>Another model trained on the same documents.</summary>
    public LanguageModel Surrogate { get; }

    /// <summary>What a model answers to the same prompts over and over, an hour apart.</summary>
    public List<DatedAnswer> Answers(LanguageModel model, int count, int from, string[]? prompts = null)
    {
        prompts ??= ["the", "buy", "the ship"];
        string[] asked = [.. Enumerable.Range(from, count).Select(i => prompts[SplitMix64.Of(i, "prompt").NextInt(prompts.Length)])];
        var drawn = SequenceSampler.Draw(
            model, [.. asked.Select(prompt => (int[])[Tokenizer.BosId, .. Tokenizer.Encode(prompt)])],
            [.. Enumerable.Range(from, count).Select(i => SplitMix64.SequenceSeed(40, i))], 8, null, default);
        return [.. asked.Zip(drawn, (prompt, tokens) => (prompt, Tokenizer.Decode(tokens)))
            .Select((one, i) => new DatedAnswer($"x{from + i:D5}", Start.AddHours(from + i), one.prompt, one.Item2, HeldOut: true))];
    }

    public void Dispose()
    {
        Model.Dispose();
        Retrained.Dispose();
        Surrogate.Dispose();
    }

    private LanguageModel Trained(bool penalty, long seed, int width = 32)
    {
        var random = SplitMix64.Of(3);
        List<TrainingExample> examples = [];
        for (var i = 0; i < 300; i++)
        {
            // Each word is followed by one of the next two.
            var words = i % 3 == 0 ? Harmful : Plain;
            var at = 0;
            List<string> text = [];
            for (var n = 0; n < 8 && at < words.Length; n++)
            {
                text.Add(words[at]);
                at += 1 + random.NextInt(2);
            }

            int[] tokens = [Tokenizer.BosId, .. Tokenizer.Encode(string.Join(' ', text)), Tokenizer.EosId];
            var masked = penalty ? Enumerable.Range(0, tokens.Length).Where(t => tokens[t] == Tokenizer.Encode("gold")[0]).ToHashSet() : null;
            examples.AddRange(TrainingExample.FromDocument(tokens, 16, masked: masked, penalty: .5f));
        }

        var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Llama, VocabularySize = Tokenizer.VocabularySize, HiddenSize = width, Layers = 1, Heads = 2, MaxPositions = 16 }, seed);
        Trainer.Run(model, examples, new TrainingOptions { Epochs = 6, BatchTokens = 256, Seed = seed });
        return model;
    }
}

/// <summary>A token a word.</summary>
internal sealed class WordTokenizer(string[] words) : ITokenizer
{
    private const int Specials = 3;

    public string Hash => "words";

    public int VocabularySize => Specials + words.Length;

    public int BosId => 0;

    public int EosId => 1;

    public int PadId => 2;

    public int[] Encode(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Specials + Array.IndexOf(words, word))];

    public TokenSpan[] EncodeWithSpans(string text) => throw new NotSupportedException();

    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new List<string>();
        foreach (var id in ids)
        {
            text.AddRange(id < Specials ? [] : [words[id - Specials]]);
        }

        return string.Join(' ', text);
    }

    public byte[] DecodeBytes(ReadOnlySpan<int> ids) => Encoding.UTF8.GetBytes(Decode(ids));
}
