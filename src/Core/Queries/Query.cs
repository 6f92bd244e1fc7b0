namespace Tda.Core.Queries;

/// <summary>The thing explained: a response of the closed model. Its loss is that of the completion given the prompt.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="Prompt">What the model was given; may be empty.</param>
/// <param name="Completion">What it answered; every token of it carries loss.</param>
public sealed record Query(string Id, string Prompt, string Completion)
{
    /// <summary>A group for aggregation, such as "harmful".</summary>
    public string? Label { get; init; }
}
