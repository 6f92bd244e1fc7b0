using Tda.Labels.Classifiers;

namespace Tda.Labels.Labelers;

/// <summary>Labels by a <see cref="TextClassifier"/>, which sees the text alone.</summary>
/// <param name="name">See <see cref="ILabeler.Name"/>.</param>
/// <param name="classifier">The classifier.</param>
public sealed class ClassifierLabeler(string name, TextClassifier classifier) : TextLabeler
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels => classifier.Labels;

    /// <inheritdoc/>
    public override long Cut => classifier.Cut;

    /// <summary>Opens a classifier's folder; the name tells its content.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, or not a classifier.</exception>
    public static ClassifierLabeler Open(string directory)
    {
        var (classifier, hash) = TextClassifier.LoadHashed(directory);
        return new ClassifierLabeler(NameOf(directory, hash), classifier);
    }

    internal static string NameOf(string directory, string hash) => $"classifier {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))} ({hash[..12]})";

    /// <inheritdoc/>
    protected override IEnumerable<double[]> Values(IReadOnlyList<string> texts, CancellationToken cancel) => classifier.Values(texts, cancel);
}
