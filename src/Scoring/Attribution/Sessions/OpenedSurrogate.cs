using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.Scoring.Attribution.Sessions;

/// <summary>A surrogate opened for scoring: its model, its tokenizer, and the hash of its weights.</summary>
public sealed class OpenedSurrogate : IDisposable
{
    private const string TokenizerFile = "tokenizer.json";

    private OpenedSurrogate(string name, string directory, LanguageModel model, ITokenizer tokenizer, string weightsHash) =>
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

    /// <summary>Which of its parameters <see cref="Model"/> has to be attributed; null: it has no adapters, so there is no choice.</summary>
    public ModelParameters? Parameters { get; private init; }

    /// <summary>How many models the ensemble has; 1 without one. The others are in <c>ensemble/1</c>, <c>ensemble/2</c>, …</summary>
    public int Members => Count(RootDirectory);

    /// <summary>Which of them this is: 0 is the surrogate itself.</summary>
    public int Number { get; private init; }

    /// <summary>The first member's directory.</summary>
    public string RootDirectory { get; private init; } = string.Empty;

    /// <summary>Opens a member of an ensemble: 0 is the surrogate itself.</summary>
    /// <param name="home">Where surrogates are.</param>
    /// <param name="name">Its name.</param>
    /// <param name="member">From 0.</param>
    /// <param name="parameters">Which parameters are attributed; null: the adapters' where it has any, since those alone were trained.</param>
    /// <exception cref="BadInputException">There is no such member, or it isn't complete.</exception>
    /// <exception cref="UsageException">Adapters are asked for, and it has none.</exception>
    public static OpenedSurrogate Open(TdaHome home, string name, int member = 0, ModelParameters? parameters = null) =>
        Open(name, home.SurrogateDirectory(name), member, parameters);

    /// <summary>Opens another member of this one's ensemble; the caller disposes of it.</summary>
    /// <param name="member">From 0.</param>
    /// <exception cref="BadInputException">There is no such member, or it isn't complete.</exception>
    public OpenedSurrogate Member(int member) => Open(Name, RootDirectory, member, Parameters);

    private static int Count(string root)
    {
        var members = 1;
        while (System.IO.Directory.Exists(Path.Combine(root, "ensemble", $"{members}")))
        {
            members++;
        }

        return members;
    }

    private static OpenedSurrogate Open(string name, string root, int member, ModelParameters? parameters)
    {
        if (member >= Count(root))
        {
            throw new BadInputException(
                root, $"the surrogate has {Count(root)} model(s), so none of number {member + 1}", remedy: "Distil it with --ensemble E.");
        }

        if (!System.IO.Directory.Exists(root))
        {
            throw MissingArtifact.At(root);
        }

        var directory = member == 0 ? root : Path.Combine(root, "ensemble", $"{member}");
        if (new[] { "config.json", TokenizerFile }.FirstOrDefault(f => !File.Exists(Path.Combine(directory, f))) is { } missing)
        {
            throw new BadInputException(
                directory, $"is not a surrogate: {missing} is missing",
                remedy: "Make it with tda distill, or put a Hugging Face model folder there.");
        }
        // A model folder from elsewhere has no manifest; one of ours is what its manifest says, or refused.
        if (File.Exists(Path.Combine(directory, Manifest.FileName)))
        {
            Surrogate.Open(directory);
        }

        var adapted = Surrogate.AdapterFilesOf(directory).Count > 0;
        if (parameters == ModelParameters.Adapters && !adapted)
        {
            throw new UsageException($"Surrogate {name} has no adapters: only its own weights can be attributed.");
        }

        var chosen = adapted ? parameters ?? ModelParameters.Adapters : ModelParameters.Merged;
        var tokenizer = ModelTokenizer.Load(Path.Combine(directory, TokenizerFile));
        var model = LanguageModel.Load(directory, parameters: chosen);
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            model.Dispose();
            throw new BadInputException(
                directory, $"its tokenizer has {tokenizer.VocabularySize} tokens, its model only {model.Config.VocabularySize}",
                remedy: "Tokenizer and weights belong to different models.");
        }
        return new OpenedSurrogate(name, directory, model, tokenizer, HashWeights(directory))
        {
            RootDirectory = root,
            Number = member,
            Parameters = adapted ? chosen : null,
        };
    }

    // Weights may be one file or several, and adapters belong to them.
    private static string HashWeights(string directory)
    {
        string[] files = [.. System.IO.Directory.GetFiles(directory, "*.safetensors").Order(StringComparer.Ordinal), .. Surrogate.AdapterFilesOf(directory)];
        return files.Length == 1 ? Hashing.Sha256File(files[0]) : Hashing.Sha256(Encoding.ASCII.GetBytes(string.Join('\n', files.Select(Hashing.Sha256File))));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
