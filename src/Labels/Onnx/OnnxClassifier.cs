using System.Text.Json.Nodes;
using Tda.Labels.Encoders;
using Tda.Labels.Labelers;

namespace Tda.Labels.Onnx;

/// <summary>
/// A text classifier in Hugging Face's export layout: <c>model.onnx</c> (or <c>onnx/model.onnx</c>), <c>config.json</c> with
/// <c>id2label</c>, and <c>tokenizer.json</c> or <c>vocab.txt</c>. A label's value is its softmax, or, where <c>problem_type</c> is
/// <c>multi_label_classification</c> or there is one label, its logistic function. A text longer than the model takes is read in windows
/// that share 32 tokens; a label's value is the largest (several labels) or the mean (one of several classes) of theirs.
/// </summary>
public sealed class OnnxClassifier : TextLabeler, IDisposable
{
    private const int LongestWindow = 512;
    private const int Overlap = 32;

    private readonly OnnxModel _model;
    private readonly TextTokenizer _tokenizer;
    private readonly LengthBatches _batches;
    private readonly bool _isMultiLabel;

    private OnnxClassifier(string name, string[] labels, OnnxModel model, TextTokenizer tokenizer, bool isMultiLabel, BatchingOptions options)
    {
        (Name, Labels, _model, _tokenizer, _isMultiLabel) = (name, labels, model, tokenizer, isMultiLabel);
        _batches = new LengthBatches(tokenizer, options);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels { get; }

    /// <summary>Whether labels exclude each other.</summary>
    public bool IsMultiLabel => _isMultiLabel;

    /// <summary>Texts so far whose end lay behind their last window and was left out.</summary>
    public override long Cut => _batches.Cut;

    /// <summary>Whether a path is a folder with an ONNX model.</summary>
    public static bool IsFolder(string path) => ModelFile(path) is not null;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The export.</param>
    /// <param name="batching">How texts are batched and cut; windows are made as long as the model takes, at most 512 tokens, where null.</param>
    /// <exception cref="BadInputException">A file is missing or damaged, the model has other inputs, no labels, or the tokenizer isn't its own.</exception>
    public static OnnxClassifier Open(string folder, BatchingOptions? batching = null)
    {
        var path = ModelFile(folder) ?? throw new BadInputException(folder, "holds no model.onnx", remedy: "Name the folder of an ONNX export.");
        var configPath = Path.Combine(folder, "config.json");
        var config = JsonFile.Read<JsonObject>(configPath, "Put the model's config.json beside it: it names the labels.");
        var labels = LabelsOf(config, configPath);
        var tokenizer = TextTokenizer.Open(folder);
        try
        {
            if (Number(config, "vocab_size") is { } rows && tokenizer.Vocabulary > rows)
            {
                throw NotItsOwn($"the tokenizer has ids up to {tokenizer.Vocabulary - 1}, and the model's vocab_size is {rows}");
            }

            var padding = Number(config, "pad_token_id") ?? 0;
            var model = OnnxModel.Open(path, bytes: null, rank: 2, padding, threads: 1);
            try
            {
                if (model.Width != labels.Length)
                {
                    throw new BadInputException(configPath, $"id2label names {labels.Length} labels, and the model's output {model.Output} has {model.Width}");
                }

                // The highest id must have a row in the embedding, or some text would fail midway.
                try
                {
                    model.Run([[tokenizer.Vocabulary - 1]], (_, _) => 0);
                }
                catch (BadInputException error)
                {
                    throw NotItsOwn($"the model has no row for token id {tokenizer.Vocabulary - 1}", error);
                }

                var longest = Math.Min(LongestWindow, Positions(config, padding));
                var options = batching ?? new BatchingOptions { Windows = new WindowOptions { MaxTokens = longest, Overlap = Math.Min(Overlap, longest / 4) } };
                var checks = new OptionChecks();
                options.Check(checks);
                checks.Require(options.Windows.MaxTokens <= Positions(config, padding), "tokens of a window", options.Windows.MaxTokens, $"at most {Positions(config, padding)}, what the model takes")
                    .Throw("The classifier's");
                var isMultiLabel = labels.Length == 1 || (string?)config["problem_type"] == "multi_label_classification";
                var name = $"onnx {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))} ({Hashing.Sha256File(path)[..12]})";
                return new OnnxClassifier(name, labels, model, tokenizer, isMultiLabel, options);
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        catch
        {
            tokenizer.Dispose();
            throw;
        }

        BadInputException NotItsOwn(string reason, Exception? inner = null) =>
            new(folder, $"the vocabulary isn't this model's own: {reason}", remedy: "Put the tokenizer beside it that it was trained with.", inner: inner);
    }

    /// <summary>The values of texts, in order, without the rounding of stored labels.</summary>
    public IEnumerable<float[]> Classify(IEnumerable<string> texts, CancellationToken cancel = default) => _batches.Run(texts, Chances, Merge, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _tokenizer.Dispose();
    }

    /// <inheritdoc/>
    protected override IEnumerable<double[]> Values(IReadOnlyList<string> texts, CancellationToken cancel) =>
        Classify(texts, cancel).Select(values => Array.ConvertAll(values, value => (double)value));

    private float[][] Chances(IReadOnlyList<int[]> windows) => _model.Run(windows, (logits, _) =>
    {
        var chances = new float[windows.Count][];
        for (var row = 0; row < chances.Length; row++)
        {
            chances[row] = new float[_model.Width];
            var of = logits.Slice(row * _model.Width, _model.Width);
            if (_isMultiLabel)
            {
                System.Numerics.Tensors.TensorPrimitives.Sigmoid(of, chances[row]);
            }
            else
            {
                System.Numerics.Tensors.TensorPrimitives.SoftMax(of, chances[row]);
            }
        }

        return chances;
    });

    private float[] Merge(float[][] windows) =>
        [.. Enumerable.Range(0, _model.Width).Select(label => _isMultiLabel ? windows.Max(window => window[label]) : windows.Average(window => window[label]))];

    private static string? ModelFile(string folder) =>
        ((string[])["model.onnx", "onnx/model.onnx"]).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string[] LabelsOf(JsonObject config, string path)
    {
        if (config["id2label"] is not JsonObject { Count: > 0 } names)
        {
            throw new BadInputException(path, "has no id2label: nothing says what the model's outputs mean", remedy: "Write \"id2label\": {\"0\": \"…\", …} into it.");
        }

        var labels = new string[names.Count];
        foreach (var (id, name) in names)
        {
            if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= labels.Length || (string?)name is not { Length: > 0 } label)
            {
                throw new BadInputException(path, $"id2label has '{id}'; its keys must be 0 to {labels.Length - 1}, each with a name");
            }

            labels[number] = LabelCondition.NameOf(label);
        }

        return labels.Distinct(StringComparer.Ordinal).Count() == labels.Length
            ? labels : throw new BadInputException(path, $"id2label has a name twice: {string.Join(", ", labels)}");
    }

    // RoBERTa and its kin count positions from the padding's id on.
    private static int Positions(JsonObject config, int padding)
    {
        var positions = Number(config, "max_position_embeddings") ?? Number(config, "n_positions") ?? LongestWindow;
        return ((string?)config["model_type"])?.Contains("roberta", StringComparison.Ordinal) == true ? positions - padding - 1 : positions;
    }

    private static int? Number(JsonObject config, string name) => config[name] is JsonValue value && value.TryGetValue(out int number) ? number : null;
}
