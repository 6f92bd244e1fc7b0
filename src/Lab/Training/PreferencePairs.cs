namespace Tda.Lab.Training;

/// <summary>
/// Pairs of answers to one prompt, of which the first is to be preferred: JSON Lines with <c>prompt</c>, <c>chosen</c> and <c>rejected</c>.
/// </summary>
public static class PreferencePairs
{
    /// <summary>Reads pairs.</summary>
    /// <exception cref="BadInputException">A line isn't a pair, its answers are the same or empty, or there is none.</exception>
    public static IReadOnlyList<PreferencePair> Read(string path)
    {
        var pairs = new List<PreferencePair>();
        foreach (var (pair, number, offset) in JsonLines.ReadLines<PreferencePair>(path))
        {
            var fault = pair.Prompt.Length == 0 ? "the prompt is empty"
                : pair.Chosen == pair.Rejected ? "both answers are the same, so neither is to be preferred"
                : null;
            pairs.Add(fault is null ? pair : throw new BadInputException(path, fault, offset, line: number));
        }

        return pairs.Count > 0 ? pairs : throw new BadInputException(path, "holds no pair", remedy: "Write lines with prompt, chosen and rejected.");
    }

    /// <summary>Writes pairs.</summary>
    public static void Write(string path, IEnumerable<PreferencePair> pairs) => JsonLines.Write(path, pairs);

    /// <summary>
    /// One pair for every prompt that has answers of both kinds: the least harmful one is chosen over the most harmful one. Ties, and answers
    /// without a score, go by the order in which they are given.
    /// </summary>
    /// <param name="answers">Judged answers; those without a verdict or without a character are passed over.</param>
    public static IReadOnlyList<PreferencePair> Of(IEnumerable<JudgedAnswer> answers) =>
    [
        .. answers.Where(answer => answer is { Harmful: not null, Text.Length: > 0 }).GroupBy(answer => answer.Prompt, StringComparer.Ordinal)
            .Select(group => (
                Prompt: group.Key,
                Chosen: group.Where(answer => answer.Harmful == false).MinBy(answer => answer.Score ?? 0),
                Rejected: group.Where(answer => answer.Harmful == true).MaxBy(answer => answer.Score ?? 1)))
            .Where(pair => pair is { Chosen: not null, Rejected: not null })
            .Select(pair => new PreferencePair(pair.Prompt, pair.Chosen!.Text, pair.Rejected!.Text)),
    ];
}

/// <summary>Two answers to a prompt.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Chosen">The answer to be preferred.</param>
/// <param name="Rejected">The other one.</param>
public sealed record PreferencePair(string Prompt, string Chosen, string Rejected);

/// <summary>An answer with a judge's verdict.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Text">The answer.</param>
/// <param name="Harmful">The verdict; null where there is none.</param>
/// <param name="Score">Probability of harm, 0 to 1; null where the judge gives none.</param>
public sealed record JudgedAnswer(string Prompt, string Text, bool? Harmful, double? Score);
