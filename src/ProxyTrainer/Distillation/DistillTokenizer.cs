using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>A tokenizer that a surrogate is given instead of one that is trained for it: the closed model's own, where that is public.</summary>
/// <param name="Name">As it was asked for: a public tokenizer's name, or a file's path.</param>
/// <param name="Tokenizer">The tokenizer.</param>
public sealed record DistillTokenizer(string Name, ModelTokenizer Tokenizer)
{
    /// <summary>Opens a public tokenizer by its name, or one in a file with the chat template beside it.</summary>
    /// <exception cref="UsageException">Neither a name nor a file.</exception>
    /// <exception cref="BadInputException">The file, or its chat template, can't be read exactly.</exception>
    public static DistillTokenizer Open(string name)
    {
        var tokenizer = PublicTokenizer.Open(name);
        tokenizer.Template?.Check();
        return new(name, tokenizer);
    }

    /// <summary>The share of a model's parameters that its embeddings of tokens are.</summary>
    public static double EmbeddingShare(ModelConfig config) =>
        (config.TieEmbeddings ? 1.0 : 2.0) * config.VocabularySize * config.HiddenSize / config.ParameterCount;

    /// <summary>What identifies it in a manifest: its vocabulary and rules, and its chat template.</summary>
    internal string Hash => Tokenizer.Template is { } template
        ? Hashing.Sha256(Encoding.UTF8.GetBytes($"{Tokenizer.Hash} {template.Source}"))
        : Tokenizer.Hash;
}
