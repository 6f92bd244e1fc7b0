namespace Tda.Core.Exchanges;

/// <summary>The one way to turn a chat into one text, for the log, the closed model of the lab and the surrogate alike.</summary>
public static class ChatText
{
    /// <summary>
    /// A single user message becomes its content verbatim; any other chat becomes lines of <c>role: content</c>
    /// and ends in <c>assistant: </c>, where the response goes on.
    /// </summary>
    public static string Render(IReadOnlyList<ChatMessage> messages) => messages is [{ Role: "user" } only]
        ? only.Content
        : string.Concat(messages.Select(message => $"{message.Role}: {message.Content}\n").Append("assistant: "));
}

/// <summary>One message of a chat.</summary>
/// <param name="Role">Such as <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>.</param>
/// <param name="Content">The text; when the content came in parts, their texts one after the other.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The content's JSON as sent, when it was not a plain string (parts, images).</summary>
    public string? RawContent { get; init; }

    /// <summary>The JSON of the message's tool calls as sent, if any.</summary>
    public string? ToolCalls { get; init; }

    /// <summary>The tool call that a <c>tool</c> message answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>The author's name, if given.</summary>
    public string? Name { get; init; }
}
