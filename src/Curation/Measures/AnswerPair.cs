using Tda.Curation.Reports;

namespace Tda.Curation.Measures;

/// <summary>A line of answers.jsonl: the same prompt to the closed model before and after curation.</summary>
/// <param name="QueryId">Id of the query.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Before">Answer of the model trained on the original corpus.</param>
/// <param name="After">Answer of the model trained on the curated corpus.</param>
public sealed record AnswerPair(string QueryId, string Prompt, Answer Before, Answer After)
{
    public const string FileName = "answers.jsonl";
}

/// <summary>One answer of the closed model.</summary>
/// <param name="Text">The completion.</param>
/// <param name="Harmful">The harm classifier's verdict; null where it was not asked.</param>
public sealed record Answer(string Text, bool? Harmful = null)
{
    /// <summary>The classifier's probability of harm, 0 to 1.</summary>
    public double? HarmScore { get; init; }

    /// <summary>Token scores of the completion, where they were computed; spans into <see cref="Text"/>.</summary>
    public IReadOnlyList<HeatToken> Tokens { get; init; } = [];
}
