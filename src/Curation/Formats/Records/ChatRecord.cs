using System.Text.Json.Nodes;

namespace Tda.Curation.Formats.Records;

/// <summary>
/// A chat as one text: a line <c>role: content</c> a message, as <see cref="ChatText"/> renders prompts. Read are lists of
/// <c>{role, content}</c> (OpenAI) and of <c>{from, value}</c> (ShareGPT). A message's tool calls follow its content as JSON.
/// </summary>
/// <remarks>
/// What the text doesn't hold goes into <c>meta.messages</c>, a member a message: its role, its other members (name, tool calls), and
/// <c>start</c> and <c>end</c> of its content in the text, in UTF-16 characters.
/// </remarks>
internal static class ChatRecord
{
    /// <summary>ShareGPT's words for the roles.</summary>
    private static readonly Dictionary<string, string> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["human"] = "user",
        ["gpt"] = "assistant",
        ["chatgpt"] = "assistant",
        ["bing"] = "assistant",
        ["bard"] = "assistant",
        ["model"] = "assistant",
        ["bot"] = "assistant",
    };

    /// <summary>Whether a value looks like a chat: a list whose first member is a message.</summary>
    public static bool IsChat(JsonNode? value) =>
        value is JsonArray { Count: > 0 } list && list[0] is JsonObject first && RoleOf(first) is not null;

    /// <summary>The chat's text and messages; null where a message has no role or no content.</summary>
    public static (string Text, JsonArray Messages)? Render(JsonArray chat)
    {
        var text = new StringBuilder();
        var messages = new JsonArray();
        foreach (var node in chat)
        {
            if (node is not JsonObject message || RoleOf(message) is not { } role || ContentOf(message) is not { } content)
            {
                return null;
            }

            text.Append(text.Length > 0 ? "\n" : "").Append(role).Append(": ");
            var start = text.Length;
            text.Append(content);
            var kept = new JsonObject { ["role"] = role, ["start"] = start, ["end"] = text.Length };
            foreach ((var name, var value) in message)
            {
                // A content in parts may hold more than its texts, such as images.
                if (value is not null && name is not ("role" or "value" or "start" or "end") && (name != "content" || value is JsonArray))
                {
                    kept[name] = value.DeepClone();
                }
            }

            messages.Add(kept);
        }

        return (text.ToString(), messages);
    }

    /// <summary>Cuts the messages' places at the end of a text that was cut; messages that lie beyond it are left out.</summary>
    public static JsonArray Cut(JsonArray messages, int length)
    {
        var kept = new JsonArray();
        foreach (var message in messages.OfType<JsonObject>().Where(message => (int)message["start"]! < length))
        {
            var copy = (JsonObject)message.DeepClone();
            copy["end"] = Math.Min((int)message["end"]!, length);
            kept.Add(copy);
        }

        return kept;
    }

    private static string? RoleOf(JsonObject message)
    {
        var role = TextOf(message["role"]);
        return role ?? (TextOf(message["from"]) is { } from ? Roles.GetValueOrDefault(from, from) : null);
    }

    private static string? ContentOf(JsonObject message)
    {
        var content = message["content"] ?? message["value"];
        var text = content is JsonArray parts ? string.Concat(parts.Select(PartText)) : TextOf(content);
        var calls = message["tool_calls"] is JsonArray { Count: > 0 } list ? list.ToJsonString(JsonDefaults.Options) : null;
        return content is not null && text is null ? null
            : string.IsNullOrEmpty(text) ? calls ?? text ?? ""
            : calls is null ? text : $"{text}\n{calls}";
    }

    private static string PartText(JsonNode? part) => part is JsonObject members ? TextOf(members["text"]) ?? "" : TextOf(part) ?? "";

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
