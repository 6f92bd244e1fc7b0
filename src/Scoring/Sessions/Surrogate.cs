using System.Text;
using Tda.Core.Artifacts;
using Tda.Core.Errors;
using Tda.Core.Home;
using Tda.Core.Text;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Scoring.Sessions;

/// <summary>A surrogate opened for scoring: its model, its tokenizer, and the hash of its weights.</summary>
public sealed class Surrogate : IDisposable
{
    private const string TokenizerFile = "tokenizer.json";

    private Surrogate(string name, string directory, LanguageModel model, ITokenizer tokenizer, string weightsHash) =>
        (Name, Directory, Model, Tokenizer, WeightsHash) = (name, directory, model, tokenizer, weightsHash);

    /// <summary>Its name in the home.</summary>
    public string Name { get; }

    /// <summary>Its directory.</summary>
    public string Directory { get; }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>SHA-256 of its weights.</summary>
    public string WeightsHash { get; }

    /// <summary>Opens a surrogate by name.</summary>
    /// <exception cref="BadInputException">It isn't there or isn't complete.</exception>
    public static Surrogate Open(TdaHome home, string name)
    {
        var directory = home.SurrogateDirectory(name);
        foreach (var file in new[] { "config.json", TokenizerFile })
        {
            if (!File.Exists(Path.Combine(directory, file)))
                throw new BadInputException(
                    directory, $"is not a surrogate: {file} is missing",
                    remedy: "Make it with tda distill, or put a Hugging Face model folder there.");
        }
        // A model folder from elsewhere has no manifest; one of ours is what its manifest says, or refused.
        if (File.Exists(Path.Combine(directory, Manifest.FileName)))
            ProxyTrainer.Distillation.Surrogate.Open(directory);
        var tokenizer = ByteLevelBpe.Load(Path.Combine(directory, TokenizerFile));
        var model = LanguageModel.Load(directory);
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            model.Dispose();
            throw new BadInputException(
                directory, $"its tokenizer has {tokenizer.VocabularySize} tokens, its model only {model.Config.VocabularySize}",
                remedy: "Tokenizer and weights belong to different models.");
        }
        return new Surrogate(name, directory, model, tokenizer, HashWeights(directory));
    }

    // Weights may be one file or several.
    private static string HashWeights(string directory)
    {
        var files = System.IO.Directory.GetFiles(directory, "*.safetensors").Order(StringComparer.Ordinal).ToArray();
        return files.Length == 1 ? Hashing.Sha256File(files[0]) : Hashing.Sha256(Encoding.ASCII.GetBytes(string.Join('\n', files.Select(Hashing.Sha256File))));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
