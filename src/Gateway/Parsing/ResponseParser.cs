using System.Text.Json;
using Tda.Gateway.Forwarding;

namespace Tda.Gateway.Parsing;

/// <summary>Reads the answer of a chat or completion, plain or streamed: both have the same fields in other places.</summary>
internal sealed class ResponseParser(string route, ParsedExchange parsed)
{
    private readonly bool _chat = route == Routes.ChatCompletions;
    private readonly ToolCallAssembler _toolCalls = new();
    private bool _done;

    /// <summary>A plain JSON answer.</summary>
    public void ParseWhole(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw JsonShape.Unexpected("response", "an object", document.RootElement);
        }

        if (document.RootElement.Get("choices") is null)
        {
            throw new FormatException("'choices' is missing");
        }

        ReadAnswer(document.RootElement, "message");
    }

    /// <summary>A stream; a malformed event is noted, and the ones after it are read.</summary>
    public void ParseStream(ReadOnlySpan<byte> body)
    {
        var reader = new SseReader();
        var number = 0;
        foreach (var one in reader.Read(body).Concat(reader.Complete()))
        {
            number++;
            try
            {
                ReadEvent(one);
            }
            catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
            {
                parsed.AddError($"event {number} of the stream (byte {one.Offset}): {error.Message}");
            }
        }

        parsed.ToolCalls = _toolCalls.ToJson();
        parsed.StreamCut = !_done && parsed.FinishReason is null;
    }

    private void ReadEvent(SseEvent one)
    {
        if (one.Data.Trim() == "[DONE]")
        {
            _done = true;
            return;
        }

        using var document = JsonDocument.Parse(one.Data);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw JsonShape.Unexpected("event", "an object", root);
        }

        parsed.StreamError |= root.Get("error") is not null;
        if (ReadAnswer(root, "delta"))
        {
            parsed.FirstContentOffset ??= one.Offset;
        }
    }

    /// <summary>Reads one answer object and says whether it held a piece of the answer itself.</summary>
    private bool ReadAnswer(JsonElement root, string part)
    {
        parsed.Model = root.Text("model") ?? parsed.Model;
        if (root.Get("usage") is { } usage)
        {
            parsed.Usage = new(usage.Count("prompt_tokens"), usage.Count("completion_tokens"), usage.Count("total_tokens"));
        }

        var choice = (root.Items("choices") ?? []).FirstOrDefault(candidate => (candidate.Count("index") ?? 0) == 0);
        if (choice.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var found = _chat ? ReadMessage(choice.Get(part), part == "delta") : ReadText(choice);
        parsed.FinishReason = choice.Text("finish_reason") ?? parsed.FinishReason;
        if (choice.Get("logprobs") is { } logprobs)
        {
            parsed.AddLogprobs([.. _chat ? LogprobsParser.Chat(logprobs) : LogprobsParser.Completion(logprobs)]);
        }

        return found;
    }

    private bool ReadText(JsonElement choice)
    {
        if (choice.Text("text") is not { } text)
        {
            return false;
        }

        parsed.AddText(text);
        return text.Length > 0;
    }

    private bool ReadMessage(JsonElement? message, bool streamed)
    {
        if (message is not { } given)
        {
            return false;
        }

        // A refusal is what the model said in the content's stead.
        var text = given.Text("content") ?? given.Text("refusal");
        if (text is not null)
        {
            parsed.AddText(text);
        }

        var calls = given.Items("tool_calls")?.ToList() ?? [];
        if (streamed)
        {
            _toolCalls.Add(calls);
        }
        else if (calls.Count > 0)
        {
            parsed.ToolCalls = given.Get("tool_calls")!.Value.GetRawText();
        }

        return text is { Length: > 0 } || calls.Count > 0;
    }
}
