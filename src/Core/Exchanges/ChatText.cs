using System.Text;

namespace Tda.Core.Exchanges;

/// <summary>The one way to turn a chat into one text, for the log, the closed model of the lab and the surrogate alike.</summary>
public static class ChatText
{
    /// <summary>
    /// A single user message becomes its content verbatim; any other chat becomes lines of <c>role: content</c>
    /// and ends in <c>assistant: </c>, where the response goes on.
    /// </summary>
    public static string Render(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages is [{ Role: "user" } only])
        {
            return only.Content;
        }

        var text = new StringBuilder();
        foreach (var message in messages)
        {
            text.Append(message.Role).Append(": ").Append(message.Content).Append('\n');
        }

        return text.Append("assistant: ").ToString();
    }
}
