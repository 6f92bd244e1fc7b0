using Tda.Labels.Agreement;
using Tda.Labels.Encoders;

namespace Tda.Labels.Classifiers;

/// <summary>
/// Tells classes of text apart by words, by the sentence encoder's vectors, or by both, with calibrated probabilities. Of two classes,
/// benign and harm, it has a threshold that holds a rate of false positives. Safe to call from several threads.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    /// <summary>Name of the artifact's format.</summary>
    public const string Format = "tda.classifier";

    private const int Version = 1;
    private const string FileName = "classifier.json";
    private const string HeadName = "head.onnx";

    // A value of .5 or more says yes, wherever the threshold lies.
    private const double LeastYes = .5, MostNo = .499;

    private readonly IReadOnlyList<WordScorer> _words;
    private readonly byte[]? _headBytes;
    private readonly OnnxHead? _head;
    private readonly double[] _offsets;
    private readonly ITextEncoder? _encoder;

    internal TextClassifier(
        TrainedClassifier facts, IReadOnlyList<WordScorer> words, double[] offsets, byte[]? head, ITextEncoder? encoder, string path = HeadName)
    {
        (Facts, _words, _offsets, _headBytes, _encoder) = (facts, words, offsets, head, encoder);
        _head = head is null ? null : OnnxHead.Open(head, path, encoder!.Width);
    }

    /// <summary>How it was trained, and how it does on texts that it wasn't trained on.</summary>
    public TrainedClassifier Facts { get; }

    /// <summary>Labels that it gives values of: <c>harm</c> alone, or every class.</summary>
    public IReadOnlyList<string> Labels => Facts.Labels.Count == 1 ? [Facts.Labels[0].Label] : Facts.Classes;

    /// <summary>Texts so far that were longer than what the encoder looks at.</summary>
    public long Cut => _encoder?.Cut ?? 0;

    /// <summary>The values of <see cref="Labels"/> for texts, in order: probabilities, of which one at .5 or more says yes.</summary>
    public IEnumerable<double[]> Values(IReadOnlyList<string> texts, CancellationToken cancel = default)
    {
        foreach (var (text, chances) in texts.Zip(Chances(texts, cancel)))
        {
            yield return Facts.Threshold is { } threshold ? [Value(chances[1], threshold, text.Length >= Facts.Options.ShortestJudged)] : chances;
        }
    }

    /// <summary>Writes the artifact: <c>classifier.json</c>, <c>head.onnx</c> where it looks at vectors, and the manifest.</summary>
    /// <param name="directory">Where it goes.</param>
    /// <param name="time">Clock of the manifest.</param>
    /// <param name="replace">Whether a classifier already there may be replaced.</param>
    /// <param name="command">What the manifest says it was made by.</param>
    /// <param name="texts">The file of labelled texts, for the manifest; null where there was none.</param>
    public void Save(string directory, TimeProvider time, bool replace = false, string command = "", string? texts = null)
    {
        using var artifact = ArtifactDirectory.Create(directory, Format, Version, time, replace);
        var stored = new Stored(Facts, _offsets, [.. _words.Select(word => word.Store())]);
        AtomicFile.Write(artifact.PathOf(FileName), stream => JsonSerializer.Serialize(stream, stored, JsonDefaults.Options));
        if (_headBytes is not null)
        {
            AtomicFile.Write(artifact.PathOf(HeadName), stream => stream.Write(_headBytes));
        }

        artifact.Manifest.Command = command;
        artifact.Manifest.Seeds["classifier"] = Facts.Options.Seed;
        if (texts is not null)
        {
            artifact.Manifest.Inputs[Path.GetFileName(texts)] = Hashing.Sha256File(texts);
        }

        artifact.Manifest.Options = JsonSerializer.SerializeToNode(Facts.Options, JsonDefaults.Options)!.AsObject();
        artifact.Manifest.Details["held_out"] = JsonSerializer.SerializeToNode(Facts.Labels, JsonDefaults.Options);
        artifact.Commit();
    }

    /// <summary>Reads an artifact that <see cref="Save"/> wrote.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, not a classifier, or made with another encoder; says which.</exception>
    public static TextClassifier Load(string directory) => LoadHashed(directory).Classifier;

    /// <summary>Like <see cref="Load"/>, with a SHA-256 of what was read, which tells one classifier from another.</summary>
    internal static (TextClassifier Classifier, string Hash) LoadHashed(string directory)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version);
        var path = artifact.PathOf(FileName);
        var stored = JsonFile.Read<Stored>(path, "Train the classifier again.");
        ITextEncoder? encoder = stored.Facts.Encoder is null ? null : SentenceEncoder.Shared;
        if (encoder is not null && encoder.Name != stored.Facts.Encoder)
        {
            throw new BadInputException(path, $"was trained on vectors of {stored.Facts.Encoder}, and this program has {encoder.Name}", remedy: "Train the classifier again.");
        }

        var head = encoder is null ? null : artifact.PathOf(HeadName);
        var classifier = new TextClassifier(
            stored.Facts, [.. stored.Words.Select(words => WordScorer.Read(words, path))], stored.WordSlopes,
            head is null ? null : File.ReadAllBytes(head), encoder, head ?? HeadName);
        return (classifier, Hashing.Sha256(Encoding.ASCII.GetBytes(string.Concat(artifact.Manifest.Outputs.Values))));
    }

    /// <inheritdoc/>
    public void Dispose() => _head?.Dispose();

    /// <summary>Probabilities of every class.</summary>
    internal IEnumerable<double[]> Chances(IReadOnlyList<string> texts, CancellationToken cancel)
    {
        var vectors = _encoder?.Encode(texts, cancel).GetEnumerator();
        using (vectors)
        {
            foreach (var text in texts)
            {
                cancel.ThrowIfCancellationRequested();
                var logits = vectors is not null && vectors.MoveNext() ? _head!.Logits([vectors.Current])[0] : null;
                yield return ClassChances.Of(Logits(text, logits));
            }
        }
    }

    internal static double Value(double chance, double threshold, bool isLongEnough) =>
        isLongEnough && chance > threshold ? Math.Max(chance, LeastYes) : Math.Min(chance, MostNo);

    // The head's logits have the mixture's offsets in them; without a head they stand beside the words' slope.
    private double[] Logits(string text, double[]? head)
    {
        if (_words.Count == 0)
        {
            return head!;
        }

        var features = TextFeatures.Extract(text, Facts.Options.Buckets);
        return [.. _words.Select((words, output) => (_offsets[0] * words.Logit(features)) + (head?[output] ?? _offsets[1 + output]))];
    }

    private sealed record Stored(TrainedClassifier Facts, double[] WordSlopes, IReadOnlyList<StoredWords> Words);
}

/// <summary>What is known of a trained classifier; the result of <c>tda label train</c>.</summary>
/// <param name="Classes">Names of the classes.</param>
/// <param name="Features">What it looks at.</param>
/// <param name="CrossValidation">Mean cross-entropy in nats of each choice of features, on pieces that its parts weren't fitted on.</param>
/// <param name="Pieces">Pieces that it was trained on.</param>
/// <param name="Accuracy">Share of held-out pieces called what they are.</param>
/// <param name="Labels">How each label agrees with the held-out texts'.</param>
/// <param name="Options">How it was trained.</param>
/// <param name="Encoder">Whose vectors; null where it looks at words alone.</param>
/// <param name="Threshold">Of two classes, benign and harm: probabilities above it are called harm. Null otherwise.</param>
public sealed record TrainedClassifier(
    IReadOnlyList<string> Classes, ClassifierFeatures Features, SortedDictionary<string, double> CrossValidation, int Pieces, double Accuracy,
    IReadOnlyList<LabelAgreement> Labels, TextClassifierOptions Options, string? Encoder = null, double? Threshold = null);
