using System.Text.Json.Serialization;

namespace Tda.Core.Queries;

/// <summary>The thing explained: a response of the closed model. Its loss is that of the completion given the prompt.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="Prompt">What the model was given; may be empty.</param>
/// <param name="Completion">What it answered; every token of it carries loss, unless a span is given.</param>
public sealed record Query(string Id, string Prompt, string Completion)
{
    /// <summary>A group for aggregation, such as "harmful".</summary>
    public string? Label { get; init; }

    /// <summary>The characters of the completion to explain ("why these words?"); null: all of it. Only their tokens carry loss.</summary>
    public TextSpan? Span { get; init; }

    /// <summary>The text to explain: the completion, or the span of it.</summary>
    [JsonIgnore]
    public string Explained => Span is { } span ? Completion[span.Start..span.End] : Completion;
}
