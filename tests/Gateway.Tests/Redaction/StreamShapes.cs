namespace Tda.Gateway.Tests.Redaction;

/// <summary>Streams of the providers' shapes that carry a text in pieces, and the way back to the text.</summary>
internal static class StreamShapes
{
    public static readonly string[] All = ["chat", "chat, index last", "tool call", "completion", "messages", "messages tool", "responses", "logprobs", "completion logprobs", "realtime", "plain text"];

    /// <summary>One event with a piece of the text; <paramref name="index"/> is the choice or block.</summary>
    public static string Event(string shape, string piece, int index, int number)
    {
        var text = JsonSerializer.Serialize(piece);
        var data = shape switch
        {
            "chat" => $$$"""{"id":"c-1","object":"chat.completion.chunk","created":1764054000,"model":"m","choices":[{"index":{{{index}}},"delta":{"content":{{{text}}}},"logprobs":null,"finish_reason":null}]}""",
            "chat, index last" => $$$"""{"choices":[{"delta":{"content":{{{text}}}},"index":{{{index}}}}]}""",
            "tool call" => $$$"""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{text}}}}}]}}]}""",
            "completion" => $$$"""{"choices":[{"text":{{{text}}},"index":{{{index}}},"logprobs":null}]}""",
            "messages" => $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"text_delta","text":{{{text}}}}}""",
            "messages tool" => $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"input_json_delta","partial_json":{{{text}}}}}""",
            "responses" => $$$"""{"type":"response.output_text.delta","item_id":"i","output_index":{{{index}}},"content_index":0,"delta":{{{text}}},"sequence_number":{{{number}}},"obfuscation":"{{{new string('x', number % 9)}}}"}""",
            "logprobs" => $$$"""{"choices":[{"index":{{{index}}},"delta":{"content":{{{text}}}},"logprobs":{"content":[{{{Token(piece)}}}],"refusal":null}}]}""",
            "completion logprobs" => $$$"""{"choices":[{"text":{{{text}}},"index":{{{index}}},"logprobs":{"tokens":[{{{text}}}],"token_logprobs":[-0.25],"top_logprobs":[{ {{{text}}}:-0.25,"zebra":-3.5}],"text_offset":[{{{number}}}]}}]}""",
            "realtime" => $$$"""{"type":"response.output_text.delta","event_id":"event_{{{number:x12}}}","response_id":"resp_B7","item_id":"item_B8","output_index":{{{index}}},"content_index":0,"delta":{{{text}}}}""",
            _ => piece,
        };

        // As a WebSocket's messages are recorded.
        var head = shape == "realtime" ? string.Create(CultureInfo.InvariantCulture, $"id: {number + 1}\nat: {number * 9973.0625:F3}\nevent: text\n") : "";
        return $"{head}data: {data}\n\n";
    }

    /// <summary>All texts of the stream: of each field the pieces joined.</summary>
    public static string Texts(string stream)
    {
        var texts = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var line in stream.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)))
        {
            if (line[6..].StartsWith('{'))
            {
                using var document = JsonDocument.Parse(line[6..]);
                Collect(document.RootElement, Index(document.RootElement), texts);
            }
            else
            {
                Add(texts, "plain", line[6..]);
            }
        }

        return string.Join('\n', texts.Select(text => $"{text.Key}: {text.Value}"));
    }

    private static string Token(string piece)
    {
        var bytes = string.Join(',', Encoding.UTF8.GetBytes(piece).Select(value => value.ToString(CultureInfo.InvariantCulture)));
        var token = $$"""{"token":{{JsonSerializer.Serialize(piece)}},"logprob":-0.25,"bytes":[{{bytes}}]}""";
        return token[..^1] + $$""","top_logprobs":[{{token}},{"token":"zebra","logprob":-3.5,"bytes":[122]}]}""";
    }

    // Which text a piece belongs to: every index of the event, wherever it stands.
    private static string Index(JsonElement root) =>
        string.Join(',', System.Text.RegularExpressions.Regex.Matches(root.GetRawText(), "\"[a-z_]*index\":[0-9]+").Select(match => match.Value).Order(StringComparer.Ordinal));

    private static void Collect(JsonElement element, string path, SortedDictionary<string, StringBuilder> texts)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    Add(texts, path + "/names", property.Name);
                    Collect(property.Value, $"{path}/{(path.EndsWith("top_logprobs", StringComparison.Ordinal) ? "*" : property.Name)}", texts);
                }

                break;
            case JsonValueKind.Array when element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Number && path.EndsWith("bytes", StringComparison.Ordinal):
                Add(texts, path, Encoding.UTF8.GetString([.. element.EnumerateArray().Select(value => value.GetByte())]));
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, path, texts);
                }

                break;
            case JsonValueKind.String:
                Add(texts, path, element.GetString()!);
                break;
        }
    }

    private static void Add(SortedDictionary<string, StringBuilder> texts, string key, string piece)
    {
        if (!texts.TryGetValue(key, out var text))
        {
            texts[key] = text = new();
        }

        text.Append(piece);
    }
}
