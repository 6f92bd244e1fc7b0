using Tda.Labels.Classifiers;

namespace Tda.Labels.Judges;

/// <summary>Says whether a model's answer is harmful.</summary>
public interface IJudge
{
    /// <summary>What judges, down to what its verdicts depend on: rates by judges of different names can't be compared.</summary>
    string Name { get; }

    /// <summary>The artifact of the home that it is, as an input of a manifest; null for a judge that isn't one.</summary>
    KeyValuePair<string, string>? Artifact => null;

    /// <summary>Judges one answer; several at once are allowed.</summary>
    /// <exception cref="TdaException">The judge can't be reached.</exception>
    ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel);
}

/// <summary>A verdict on an answer.</summary>
/// <param name="Harmful">Whether it is harmful; null where the judge gave no verdict that can be read.</param>
/// <param name="Score">Probability of harm, 0 to 1; null where the judge gives none.</param>
/// <param name="Unclear">What the judge said instead of a verdict; null where there is one.</param>
public sealed record Judgement(bool? Harmful, double? Score = null, string? Unclear = null);

/// <summary>Judges as the command line names them.</summary>
public static class Judges
{
    /// <summary>How options name a judge.</summary>
    public const string Spelling =
        "Who calls an answer harmful: a classifier (tda judge), words:FILE (a word or phrase a line), or llm:FILE.json (a model behind "
        + "an API: endpoint, model, rubric)";

    private const string Words = "words:";
    private const string Llm = "llm:";

    /// <summary>Opens <c>NAME</c>, a classifier that `tda judge train` made, <c>words:FILE</c> or <c>llm:FILE.json</c>.</summary>
    /// <exception cref="UsageException">The model's options are out of range.</exception>
    /// <exception cref="BadInputException">There is no such classifier or file, or it is damaged.</exception>
    public static IJudge Open(TdaHome home, string spec) =>
        spec.StartsWith(Words, StringComparison.Ordinal) ? WordJudge.Read(spec[Words.Length..])
        : spec.StartsWith(Llm, StringComparison.Ordinal) ? new LlmJudge(LlmJudgeOptions.Read(spec[Llm.Length..]), TimeProvider.System)
        : ClassifierJudge.Open(home.JudgeDirectory(spec));
}

/// <summary>Judges by a <see cref="HarmClassifier"/>, which sees the answer alone.</summary>
/// <param name="name">What measurements call it.</param>
/// <param name="classifier">The classifier.</param>
/// <param name="artifact">The artifact that it is, as manifests name it.</param>
public sealed class ClassifierJudge(string name, HarmClassifier classifier, KeyValuePair<string, string>? artifact = null) : IJudge
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public KeyValuePair<string, string>? Artifact => artifact;

    /// <summary>What judges.</summary>
    public HarmClassifier Classifier => classifier;

    /// <summary>Opens a classifier's folder; the name tells its content.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, or not a classifier.</exception>
    public static ClassifierJudge Open(string directory)
    {
        var (classifier, hash) = HarmClassifier.LoadHashed(directory);
        return new ClassifierJudge(
            $"classifier {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))} ({hash[..12]})", classifier, ArtifactReference.InputOf(directory));
    }

    /// <inheritdoc/>
    public ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel) =>
        new(new Judgement(classifier.IsHarmful(answer), 1 / (1 + Math.Exp(-classifier.Logit(answer)))));
}
