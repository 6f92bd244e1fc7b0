namespace Tda.Labels.Classifiers;

/// <summary>
/// Tells harmful text from benign by logistic regression over hashed words, word pairs and character n-grams, weighted by
/// inverse document frequency and normalised to unit length: <c>logit = b + Σ w_f · idf_f / ‖idf‖</c> over the text's features.
/// </summary>
/// <param name="weights">w, by bucket.</param>
/// <param name="inverseFrequencies">idf, by bucket.</param>
/// <param name="bias">b.</param>
/// <param name="threshold">See <see cref="Threshold"/>.</param>
/// <param name="options">How it was trained.</param>
/// <param name="heldOut">How it does on other documents.</param>
public sealed class HarmClassifier(
    double[] weights, double[] inverseFrequencies, double bias, double threshold, HarmClassifierOptions options,
    ClassifierEvaluation heldOut)
{
    /// <summary>Name of the artifact's format.</summary>
    public const string Format = "tda.harm_classifier";

    private const int Version = 1;
    private const string FileName = "classifier.json";

    /// <summary>Logits above it are harmful.</summary>
    public double Threshold => threshold;

    /// <summary>How it was trained.</summary>
    public HarmClassifierOptions Options => options;

    /// <summary>How it does on documents that were used neither for training nor for the threshold.</summary>
    public ClassifierEvaluation HeldOut => heldOut;

    /// <summary>Log-odds that the text is harmful, for classes of equal weight.</summary>
    public double Logit(string text)
    {
        var features = TextFeatures.Extract(text, weights.Length);
        return bias + (Dot(features, weights, inverseFrequencies) * Scale(features, inverseFrequencies));
    }

    /// <summary>Whether the text is judged harmful; texts too short to judge are not.</summary>
    public bool IsHarmful(string text) => text.Length >= Options.ShortestJudged && Logit(text) > Threshold;

    /// <summary>Writes the artifact: <c>classifier.json</c> and the manifest.</summary>
    /// <param name="directory">Where it goes.</param>
    /// <param name="time">Clock of the manifest.</param>
    /// <param name="replace">Whether a classifier already there may be replaced.</param>
    /// <param name="command">What the manifest says it was made by.</param>
    /// <param name="texts">The file of labelled texts, for the manifest; null where there was none.</param>
    public void Save(string directory, TimeProvider time, bool replace = false, string command = "", string? texts = null)
    {
        using var artifact = ArtifactDirectory.Create(directory, Format, Version, time, replace);
        var used = Enumerable.Range(0, weights.Length).Where(i => inverseFrequencies[i] != 0).ToArray();
        var stored = new Stored(
            options, threshold, bias, heldOut, used,
            Array.ConvertAll(used, i => (float)inverseFrequencies[i]), Array.ConvertAll(used, i => (float)weights[i]));
        AtomicFile.Write(artifact.PathOf(FileName), stream => JsonSerializer.Serialize(stream, stored, JsonDefaults.Options));
        artifact.Manifest.Command = command;
        artifact.Manifest.Seeds["classifier"] = Options.Seed;
        if (texts is not null)
        {
            artifact.Manifest.Inputs[Path.GetFileName(texts)] = Hashing.Sha256File(texts);
        }

        artifact.Manifest.Options = JsonSerializer.SerializeToNode(Options, JsonDefaults.Options)!.AsObject();
        artifact.Manifest.Details["held_out"] = JsonSerializer.SerializeToNode(HeldOut, JsonDefaults.Options);
        artifact.Commit();
    }

    /// <summary>Reads an artifact that <see cref="Save"/> wrote.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, or not a classifier; says which.</exception>
    public static HarmClassifier Load(string directory) => LoadHashed(directory).Classifier;

    /// <summary>Like <see cref="Load"/>, with the SHA-256 of what was read, which tells one classifier from another.</summary>
    internal static (HarmClassifier Classifier, string Hash) LoadHashed(string directory)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version);
        var path = artifact.PathOf(FileName);
        var stored = JsonFile.Read<Stored>(path, "Train the classifier again.");
        if (stored.Features.Length != stored.Weights.Length || stored.Features.Length != stored.InverseFrequencies.Length)
        {
            throw new BadInputException(path, "the lists of features, weights and inverse frequencies have different lengths");
        }

        var weights = new double[stored.Options.Buckets];
        var inverse = new double[stored.Options.Buckets];
        for (var i = 0; i < stored.Features.Length; i++)
        {
            var feature = stored.Features[i];
            if (feature < 0 || feature >= weights.Length)
            {
                throw new BadInputException(path, $"feature {feature} is outside the {weights.Length} buckets");
            }

            weights[feature] = stored.Weights[i];
            inverse[feature] = stored.InverseFrequencies[i];
        }

        return (new HarmClassifier(weights, inverse, stored.Bias, stored.Threshold, stored.Options, stored.HeldOut), artifact.Manifest.Outputs[FileName]);
    }

    internal static double Dot(int[] features, double[] weights, double[] inverse)
    {
        double sum = 0;
        foreach (var f in features)
        {
            sum += weights[f] * inverse[f];
        }

        return sum;
    }

    internal static double Scale(int[] features, double[] inverse) =>
        1 / (Math.Sqrt(features.Sum(f => inverse[f] * inverse[f])) + 1e-9);

    private sealed record Stored(
        HarmClassifierOptions Options, double Threshold, double Bias, ClassifierEvaluation HeldOut,
        int[] Features, float[] InverseFrequencies, float[] Weights);
}
