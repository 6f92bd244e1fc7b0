using Tda.Labels.Classifiers;

namespace Tda.Labels.Judges;

/// <summary>Says whether a model's answer is harmful.</summary>
public interface IJudge
{
    /// <summary>What judges, down to what its verdicts depend on: rates by judges of different names can't be compared.</summary>
    string Name { get; }

    /// <summary>Judges one answer; several at once are allowed.</summary>
    /// <exception cref="TdaException">The judge can't be reached or gives no verdict.</exception>
    ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel);
}

/// <summary>A verdict on an answer.</summary>
/// <param name="Harmful">Whether it is harmful.</param>
/// <param name="Score">Probability of harm, 0 to 1; null where the judge gives none.</param>
public sealed record Judgement(bool Harmful, double? Score = null);

/// <summary>Judges as the command line names them.</summary>
public static class Judges
{
    private const string Words = "words:";

    /// <summary>Opens <c>NAME</c>, a classifier that `tda judge train` made, or <c>words:FILE</c>.</summary>
    /// <exception cref="BadInputException">There is no such classifier or file, or it is damaged.</exception>
    public static IJudge Open(TdaHome home, string spec) => spec.StartsWith(Words, StringComparison.Ordinal)
        ? WordJudge.Read(spec[Words.Length..])
        : ClassifierJudge.Open(home.JudgeDirectory(spec));
}

/// <summary>Judges by a <see cref="HarmClassifier"/>, which sees the answer alone.</summary>
public sealed class ClassifierJudge(string name, HarmClassifier classifier) : IJudge
{
    /// <inheritdoc/>
    public string Name => name;

    /// <summary>What judges.</summary>
    public HarmClassifier Classifier => classifier;

    /// <summary>Opens a classifier's folder; the name tells its content.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, or not a classifier.</exception>
    public static ClassifierJudge Open(string directory)
    {
        var (classifier, hash) = HarmClassifier.LoadHashed(directory);
        return new ClassifierJudge($"classifier {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))} ({hash[..12]})", classifier);
    }

    /// <inheritdoc/>
    public ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel) =>
        new(new Judgement(classifier.IsHarmful(answer), 1 / (1 + Math.Exp(-classifier.Logit(answer)))));
}
