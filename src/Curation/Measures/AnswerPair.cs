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
