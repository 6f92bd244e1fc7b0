using Tda.Lab.Generation;

namespace Tda.Lab.Serving;

/// <summary>
/// Reads request bodies. Unknown fields are ignored, as OpenAI's clients send more of them with every release; a known
/// field that would change the answer and can't be honoured is refused rather than ignored.
/// </summary>
internal static class CallParser
{
    private const int MaxStopSequences = 4;
    private const int DefaultCompletionTokens = 16;
    private static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    /// <summary>Validates a request body.</summary>
    /// <exception cref="ApiException">400, with the parameter at fault.</exception>
    public static GenerationCall Parse(CallKind kind, ReadOnlyMemory<byte> body)
    {
        using var document = ParseJson(body);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.Invalid("The request body must be a JSON object.");
        }

        var fields = new RequestFields(document.RootElement);
        return kind == CallKind.Chat ? ParseChat(fields) : ParseCompletion(fields);
    }

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid($"We could not parse the JSON body of your request: {e.Message}");
        }
    }

    private static GenerationCall ParseCompletion(RequestFields fields)
    {
        var call = ParseCommon(fields, CallKind.Completion, ReadPrompts);
        fields.Refuse("suffix", v => v.ValueKind == JsonValueKind.String && v.GetString() == "");
        fields.Refuse("best_of", v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out var best) && best == call.Choices);
        var echo = fields.Flag("echo");
        return call with
        {
            Echo = echo,
            Sampling = call.Sampling with
            {
                MaxTokens = (int?)fields.Whole("max_tokens", echo ? 0 : 1, int.MaxValue) ?? DefaultCompletionTokens,
                TopLogprobs = (int?)fields.Whole("logprobs", 0, 5),
            },
        };
    }

    private static GenerationCall ParseChat(RequestFields fields)
    {
        var call = ParseCommon(fields, CallKind.Chat, f => [ChatText.Render(ReadMessages(f))]);
        foreach (var tools in new[] { "tools", "functions" })
        {
            fields.Refuse(tools, v => v.ValueKind == JsonValueKind.Array && v.GetArrayLength() == 0);
        }

        fields.Refuse("response_format", v =>
            v.ValueKind == JsonValueKind.Object && v.TryGetProperty("type", out var type) && type.ValueEquals("text"));
        fields.Refuse("audio", _ => false);

        var logprobs = fields.Flag("logprobs");
        var top = fields.Whole("top_logprobs", 0, 20);
        if (top is not null && !logprobs)
        {
            throw ApiException.Invalid("'top_logprobs' needs 'logprobs' to be true.", "top_logprobs");
        }

        var maxTokens = fields.Whole("max_completion_tokens", 1, int.MaxValue) ?? fields.Whole("max_tokens", 1, int.MaxValue);
        return call with
        {
            Sampling = call.Sampling with { MaxTokens = (int?)maxTokens, TopLogprobs = logprobs ? (int)(top ?? 0) : null },
        };
    }

    private static GenerationCall ParseCommon(RequestFields fields, CallKind kind, Func<RequestFields, IReadOnlyList<string>> prompts)
    {
        foreach (var penalty in new[] { "presence_penalty", "frequency_penalty" })
        {
            fields.Refuse(penalty, v => v.ValueKind == JsonValueKind.Number && v.GetDouble() == 0);
        }

        fields.Refuse("logit_bias", v => v.ValueKind == JsonValueKind.Object && !v.EnumerateObject().Any());

        var stream = fields.Flag("stream");
        var streamOptions = fields.Object("stream_options");
        if (streamOptions is not null && !stream)
        {
            throw ApiException.Invalid("'stream_options' is only allowed when 'stream' is enabled.", "stream_options");
        }

        return new GenerationCall(
            kind,
            Model: fields.RequireString("model"),
            Prompts: prompts(fields),
            Choices: (int)(fields.Whole("n", 1, 128) ?? 1),
            Seed: fields.Whole("seed", long.MinValue, long.MaxValue),
            stream,
            IncludeUsage: streamOptions?.Flag("include_usage") ?? false,
            new SamplingSettings
            {
                Temperature = fields.Number("temperature", 0, 2) ?? 1,
                TopP = fields.Number("top_p", 0, 1) ?? 1,
                Stop = ReadStop(fields),
            });
    }

    private static IReadOnlyList<string> ReadPrompts(RequestFields fields)
    {
        var prompt = fields.Require("prompt");
        if (prompt.ValueKind != JsonValueKind.Array)
        {
            return [RequestFields.AsString(prompt, "prompt")];
        }

        if (prompt.GetArrayLength() == 0)
        {
            throw ApiException.Invalid("'prompt' must not be an empty array.", "prompt", "empty_array");
        }

        return prompt.EnumerateArray().Select((p, i) => RequestFields.AsString(p, $"prompt[{i}]")).ToArray();
    }

    private static IReadOnlyList<string> ReadStop(RequestFields fields)
    {
        if (fields.Find("stop") is not { } stop)
        {
            return [];
        }

        var texts = stop.ValueKind == JsonValueKind.Array
            ? stop.EnumerateArray().Select((s, i) => RequestFields.AsString(s, $"stop[{i}]")).ToArray()
            : [RequestFields.AsString(stop, "stop")];
        if (texts.Length > MaxStopSequences)
        {
            throw ApiException.Invalid($"'stop' can have up to {MaxStopSequences} sequences.", "stop", "array_above_max_length");
        }

        return texts.All(t => t.Length > 0)
            ? texts
            : throw ApiException.Invalid("A stop sequence must not be empty.", "stop", "invalid_value");
    }

    private static IReadOnlyList<ChatMessage> ReadMessages(RequestFields fields)
    {
        var messages = fields.Require("messages");
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw RequestFields.WrongType(messages, "messages", "an array");
        }

        if (messages.GetArrayLength() == 0)
        {
            throw ApiException.Invalid("'messages' must not be an empty array.", "messages", "empty_array");
        }

        return messages.EnumerateArray().Select((item, i) =>
        {
            var at = $"messages[{i}].";
            if (item.ValueKind != JsonValueKind.Object)
            {
                throw RequestFields.WrongType(item, $"messages[{i}]", "an object");
            }

            var message = new RequestFields(item, at);
            var role = message.RequireString("role");
            if (!Roles.Contains(role))
            {
                throw ApiException.Invalid(
                    $"Invalid value: '{role}'. Supported values are: '{string.Join("', '", Roles)}'.", at + "role", "invalid_value");
            }

            message.Refuse("tool_calls", v => v.ValueKind == JsonValueKind.Array && v.GetArrayLength() == 0);
            return new ChatMessage(role, ReadContent(message, at));
        }).ToArray();
    }

    private static string ReadContent(RequestFields message, string at)
    {
        var content = message.Require("content");
        if (content.ValueKind != JsonValueKind.Array)
        {
            return RequestFields.AsString(content, at + "content");
        }

        return string.Concat(content.EnumerateArray().Select((part, i) =>
        {
            var where = $"{at}content[{i}]";
            if (part.ValueKind != JsonValueKind.Object)
            {
                throw RequestFields.WrongType(part, where, "an object");
            }

            var fields = new RequestFields(part, where + ".");
            return fields.RequireString("type") == "text"
                ? fields.RequireString("text")
                : throw ApiException.Invalid("This model reads text only.", where + ".type", "invalid_value");
        }));
    }
}

/// <summary>A validated request of either endpoint.</summary>
/// <param name="Kind">The endpoint, which decides the shape of the answer.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Prompts">Prompts; exactly one for a chat.</param>
/// <param name="Choices"><c>n</c>: completions per prompt.</param>
/// <param name="Seed">Null when the client gave none.</param>
/// <param name="Stream">Whether to answer by server-sent events.</param>
/// <param name="IncludeUsage"><c>stream_options.include_usage</c></param>
/// <param name="Sampling">How each completion is drawn.</param>
internal sealed record GenerationCall(
    CallKind Kind, string Model, IReadOnlyList<string> Prompts, int Choices, long? Seed, bool Stream, bool IncludeUsage,
    SamplingSettings Sampling)
{
    /// <summary>Whether each completion begins with its prompt, with what the model says of the prompt's tokens.</summary>
    public bool Echo { get; init; }
}

/// <summary>Which of the two endpoints a call came in by.</summary>
internal enum CallKind
{
    /// <summary>POST /v1/completions</summary>
    Completion,

    /// <summary>POST /v1/chat/completions</summary>
    Chat,
}
