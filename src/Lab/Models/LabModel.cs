using Tda.Lab.Generation;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using static TorchSharp.torch;

namespace Tda.Lab.Models;

/// <summary>A trained language model with its tokenizer, ready to generate.</summary>
/// <param name="model">Disposed of with this.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="fingerprint">See <see cref="Fingerprint"/>.</param>
public sealed class LabModel(LanguageModel model, ITokenizer tokenizer, string fingerprint) : ITextModel
{
    /// <summary>The shape's file in a model's directory.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The tokenizer's file.</summary>
    public const string TokenizerFile = "tokenizer.json";

    /// <summary>The weights' file.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The model itself.</summary>
    public LanguageModel Model => model;

    public ITokenizer Tokenizer => tokenizer;

    public string Fingerprint => fingerprint;

    public int ContextLength => Model.Config.MaxPositions;

    public int VocabularySize => Model.Config.VocabularySize;

    /// <summary>Opens <c>labs/name</c>, every file checked against the manifest.</summary>
    /// <param name="directory">The lab model's.</param>
    /// <param name="penalty">The λ of a response network; null: the folder's own weights.</param>
    /// <exception cref="BadInputException">Not a lab model, newer, or damaged; says which file. Or no response network, when a λ is given.</exception>
    /// <exception cref="UsageException">λ is outside of the range that was trained.</exception>
    public static LabModel Open(string directory, double? penalty = null)
    {
        ArtifactDirectory.Open(directory, LabTrainer.Format, LabTrainer.Version);
        return Load(directory, penalty);
    }

    /// <summary>Loads any Hugging Face folder of a supported family with a byte-level BPE tokenizer.</summary>
    /// <inheritdoc cref="Open"/>
    public static LabModel Load(string directory, double? penalty = null)
    {
        var weights = Path.Combine(directory, WeightsFile);
        var tokenizer = ModelTokenizer.Load(Path.Combine(directory, TokenizerFile));
        var model = LanguageModel.Load(directory);
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
        {
            throw new TdaException(
                $"The tokenizer has {tokenizer.VocabularySize} tokens and the model {model.Config.VocabularySize}: they don't belong together.");
        }

        if (penalty is { } wanted)
        {
            ResponseNetwork.Of(directory).MoveTo(model, wanted);
        }

        return new LabModel(model, tokenizer, $"fp_{Hashing.Sha256File(weights)[..10]}");
    }

    public float[] Logits(int[] tokens)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var ids = tensor(Array.ConvertAll(tokens, token => (long)token), [1, tokens.Length], device: Model.Device);
        return Model.Forward(ids).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    public IDecodingSession Open(int maxRows) => new ModelDecodingSession(Model, maxRows);

    public void Dispose() => Model.Dispose();
}
