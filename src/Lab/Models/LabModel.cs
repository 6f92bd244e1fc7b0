using Tda.Lab.Generation;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using static TorchSharp.torch;

namespace Tda.Lab.Models;

/// <summary>A trained language model with its tokenizer, ready to generate.</summary>
public sealed class LabModel : ITextModel
{
    /// <summary>The tokenizer's file in a model's directory.</summary>
    public const string TokenizerFile = "tokenizer.json";

    /// <summary>The weights' file.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Takes over <paramref name="model"/>, which is disposed of with it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="fingerprint">See <see cref="Fingerprint"/>.</param>
    public LabModel(LanguageModel model, ITokenizer tokenizer, string fingerprint)
    {
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new TdaException(
                $"The tokenizer has {tokenizer.VocabularySize} tokens and the model {model.Config.VocabularySize}: they don't belong together.");
        }

        Model = model;
        Tokenizer = tokenizer;
        Fingerprint = fingerprint;
    }

    /// <summary>The model itself.</summary>
    public LanguageModel Model { get; }

    /// <inheritdoc/>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int ContextLength => Model.Config.MaxPositions;

    /// <inheritdoc/>
    public int VocabularySize => Model.Config.VocabularySize;

    /// <summary>Opens <c>labs/name</c>, every file checked against the manifest.</summary>
    /// <exception cref="BadInputException">Not a lab model, newer, or damaged; says which file.</exception>
    public static LabModel Open(string directory, Device? device = null)
    {
        ArtifactDirectory.Open(directory, LabTrainer.Format, LabTrainer.Version);
        return Load(directory, device);
    }

    /// <summary>Loads any Hugging Face folder of a supported family with a byte-level BPE tokenizer.</summary>
    /// <exception cref="BadInputException">A file is missing, damaged, or not of this family.</exception>
    public static LabModel Load(string directory, Device? device = null)
    {
        var weights = Path.Combine(directory, WeightsFile);
        var tokenizer = ByteLevelBpe.Load(Path.Combine(directory, TokenizerFile));
        var model = LanguageModel.Load(directory, device);
        return new LabModel(model, tokenizer, $"fp_{Hashing.Sha256File(weights)[..10]}");
    }

    /// <inheritdoc/>
    public IDecodingSession Open(int maxRows) => new ModelDecodingSession(Model, maxRows);

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
