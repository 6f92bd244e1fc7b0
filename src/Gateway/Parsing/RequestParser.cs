using System.Text.Json;
using Tda.Core.Exchanges;
using Tda.Gateway.Forwarding;

namespace Tda.Gateway.Parsing;

/// <summary>Reads the prompt of a chat or completion request.</summary>
internal static class RequestParser
{
    public static void Parse(string route, ReadOnlyMemory<byte> body, ParsedExchange parsed)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw JsonShape.Unexpected("request", "an object", root);
        }

        parsed.Model = root.Text("model");
        if (route == Routes.ChatCompletions)
        {
            parsed.Messages = root.Items("messages")?.Select(Message).ToList() ?? throw new FormatException("'messages' is missing");
            parsed.Prompt = ChatText.Render(parsed.Messages);
        }
        else
        {
            parsed.Prompt = Prompt(root);
        }
    }

    private static ChatMessage Message(JsonElement message)
    {
        var content = message.Get("content");
        var role = message.Text("role") ?? throw new FormatException("'role' is missing");
        return new(role, content is { } given ? Content(given) : "")
        {
            RawContent = content is { ValueKind: not JsonValueKind.String } raw ? raw.GetRawText() : null,
            ToolCalls = message.Get("tool_calls")?.GetRawText(),
            ToolCallId = message.Text("tool_call_id"),
            Name = message.Text("name"),
        };
    }

    /// <summary>A string, or parts of which the text ones count.</summary>
    private static string Content(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.Text("text"))),
        _ => throw JsonShape.Unexpected("content", "a string or an array of parts", content),
    };

    /// <summary>Of several prompts the first, to which choice 0 belongs.</summary>
    private static string Prompt(JsonElement root)
    {
        var prompt = root.Get("prompt") ?? throw new FormatException("'prompt' is missing");
        var first = prompt.ValueKind == JsonValueKind.Array ? prompt.EnumerateArray().FirstOrDefault() : prompt;
        return first.ValueKind == JsonValueKind.String
            ? first.GetString()!
            : throw new FormatException("'prompt' is not text (tokens can be read from the raw request only)");
    }
}
