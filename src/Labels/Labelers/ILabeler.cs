using Tda.Labels.Judges;
using Tda.Labels.Onnx;

namespace Tda.Labels.Labelers;

/// <summary>Gives texts labels with values from 0 (no) to 1 (yes); .5 or more says yes.</summary>
public interface ILabeler
{
    /// <summary>Who labels, down to what the values depend on: values by labelers of different names can't be compared.</summary>
    string Name { get; }

    /// <summary>Names of its labels.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>What it has used of a model behind an API so far; null for a labeler that uses none.</summary>
    JudgeUsage? Usage => null;

    /// <summary>Texts so far that were longer than what was looked at.</summary>
    long Cut => 0;

    /// <summary>Labels texts, several at once; each gets one result, in any order.</summary>
    /// <exception cref="TdaException">A model behind an API can't be reached; results given before stay given.</exception>
    IAsyncEnumerable<LabelResult> LabelAsync(IAsyncEnumerable<LabelInput> texts, CancellationToken cancel);
}

/// <summary>A text to be labelled.</summary>
/// <param name="Index">Its place among all, from 0.</param>
/// <param name="Prompt">What it answers; empty for a document.</param>
/// <param name="Text">The answer, or the document's text.</param>
public readonly record struct LabelInput(long Index, string Prompt, string Text);

/// <summary>What was said of a text.</summary>
/// <param name="Index">The text's place.</param>
/// <param name="Values">By label; a label that wasn't judged is absent.</param>
/// <param name="Unclear">What a judge said instead of a verdict; null where there is one.</param>
public sealed record LabelResult(long Index, IReadOnlyDictionary<string, double> Values, string? Unclear = null);

/// <summary>A labeler that computes values of texts alone, many at a time.</summary>
public abstract class TextLabeler : ILabeler
{
    private const int MostTexts = 1_024;
    private const int MostCharacters = 16 << 20;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public virtual long Cut => 0;

    /// <inheritdoc/>
    public async IAsyncEnumerable<LabelResult> LabelAsync(
        IAsyncEnumerable<LabelInput> texts, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var (chunk, characters) = (new List<LabelInput>(), 0L);
        await foreach (var text in texts.WithCancellation(cancel))
        {
            chunk.Add(text);
            characters += text.Text.Length;
            if (chunk.Count == MostTexts || characters >= MostCharacters)
            {
                foreach (var result in Results(chunk, cancel))
                {
                    yield return result;
                }

                (chunk, characters) = ([], 0);
            }
        }

        foreach (var result in Results(chunk, cancel))
        {
            yield return result;
        }
    }

    /// <summary>The values of texts, in the order of <see cref="Labels"/>.</summary>
    protected abstract IEnumerable<double[]> Values(IReadOnlyList<string> texts, CancellationToken cancel);

    private IEnumerable<LabelResult> Results(List<LabelInput> chunk, CancellationToken cancel) =>
        chunk.Count == 0 ? [] : chunk.Zip(Values([.. chunk.Select(text => text.Text)], cancel), (text, values) =>
            new LabelResult(text.Index, Labels.Zip(values).ToDictionary(pair => pair.First, pair => Math.Round(pair.Second, 6), StringComparer.Ordinal)));
}

/// <summary>Labelers as the command line names them.</summary>
public static class KnownLabelers
{
    /// <summary>How options name one.</summary>
    public const string Spelling =
        "Who labels: a classifier (tda label train), the folder of an ONNX text classifier, RULES.yaml, words:FILE, or llm:FILE.json";

    /// <summary>Opens one.</summary>
    /// <param name="home">Where classifiers are.</param>
    /// <param name="spec">As <see cref="Spelling"/> says.</param>
    /// <param name="label">Name of the label of a judge that has one verdict, words or a model behind an API.</param>
    /// <param name="concurrency">Texts that such a judge is asked of at once.</param>
    /// <exception cref="BadInputException">There is no such file or classifier, or it is damaged.</exception>
    public static ILabeler Open(TdaHome home, string spec, string label, int concurrency) =>
        spec.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || spec.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) ? RuleLabeler.Read(spec)
        : KnownJudges.IsSpelled(spec) ? new JudgeLabeler(KnownJudges.Open(home, spec), label, concurrency)
        : OnnxClassifier.IsFolder(spec) ? OnnxClassifier.Open(spec)
        : ClassifierLabeler.Open(home.JudgeDirectory(spec));
}
