namespace Tda.Evaluation.Classes;

/// <summary>One probe of word order, a line of a file of pairs.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">A document that holds both phrases.</param>
/// <param name="First">One phrase.</param>
/// <param name="Second">The other.</param>
/// <param name="Prompt">The query's prompt; may be empty.</param>
/// <param name="Completion">The query's completion, which has the phrases' meaning in the document's order.</param>
public sealed record WordOrderCase(string Id, string Text, string First, string Second, string Prompt, string Completion);
