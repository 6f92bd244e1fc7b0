namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>An answer, and what stood in the conversation when it began.</summary>
/// <param name="instructions">What it was told beforehand.</param>
/// <param name="items">The conversation, which may go on.</param>
/// <param name="began">When it began, by the conversation's clock.</param>
internal sealed class RealtimeTurn(string? instructions, LinkedList<RealtimeItem> items, long began)
{
    public string? Id { get; init; }

    public bool InConversation { get; init; } = true;

    /// <summary>Where it stands in the conversation; null for one aside.</summary>
    public LinkedListNode<RealtimeItem>? Place { get; set; }

    public TextBuilder Text { get; } = new();

    public ToolCallList Calls { get; } = new(inputIsJson: false);

    /// <summary>Why it ended, else its status.</summary>
    public string? FinishReason { get; private set; }

    public bool Done { get; private set; }

    /// <summary>What it answered.</summary>
    public List<ChatMessage> Messages() => RealtimeItem.Render(instructions, items, began);

    /// <summary>The answer as a message of what comes after it; null where it says nothing.</summary>
    public ChatMessage? ToMessage() =>
        Text.Text is null && Calls.Count == 0 ? null : new("assistant", Text.Text ?? "") { ToolCalls = Calls.ToJson() };

    /// <summary>Takes an item of the output that the reader stands on: a call, and with <paramref name="withText"/> the text of a message.</summary>
    public void TakeItem(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, long index, bool withText)
    {
        if (JsonRead.Peek(reader, "type"u8) is { } type && type.EndsWith("_call", StringComparison.Ordinal))
        {
            Calls.Set(index, JsonRead.RawHere(ref reader, data));
            return;
        }

        while (JsonRead.NextProperty(ref reader))
        {
            if (withText && reader.ValueTextEquals("content"u8))
            {
                ReadParts(ref reader);
            }
        }
    }

    /// <summary>Takes the response of its last event; what deltas brought already stands.</summary>
    public Usage? End(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, out string? model)
    {
        Done = true;
        model = null;
        Usage? usage = null;
        string? status = null, reason = null;
        var readsOutput = Text.Text is null && Calls.Count == 0;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("status"u8))
            {
                status = JsonRead.Text(ref reader, "status");
            }
            else if (reader.ValueTextEquals("status_details"u8) || reader.ValueTextEquals("incomplete_details"u8))
            {
                for (var more = JsonRead.IntoObject(ref reader, "status_details"); more && JsonRead.NextProperty(ref reader);)
                {
                    reason = reader.ValueTextEquals("reason"u8) ? JsonRead.Text(ref reader, "reason") : reason;
                }
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                usage = ProtocolParser.ReadTokens(ref reader);
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                model = JsonRead.Text(ref reader, "model");
            }
            else if (readsOutput && reader.ValueTextEquals("output"u8))
            {
                long index = 0;
                for (var more = JsonRead.IntoArray(ref reader, "output"); more && JsonRead.NextItem(ref reader); index++)
                {
                    JsonRead.ObjectHere(ref reader, "output");
                    TakeItem(ref reader, data, index, withText: true);
                }
            }
        }

        FinishReason = reason ?? status;
        return usage;
    }

    private void ReadParts(ref Utf8JsonReader reader)
    {
        for (var more = JsonRead.IntoArray(ref reader, "content"); more && JsonRead.NextItem(ref reader);)
        {
            JsonRead.ObjectHere(ref reader, "content");
            while (JsonRead.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("transcript"u8) || reader.ValueTextEquals("refusal"u8))
                {
                    Text.Append(ref reader, "text");
                }
            }
        }
    }
}

/// <summary>Something in the conversation: a message that was put in, or an answer.</summary>
internal sealed class RealtimeItem
{
    public string? Id { get; init; }

    public ChatMessage? Message { get; set; }

    public RealtimeTurn? Answer { get; init; }

    /// <summary>When it was put in, by the conversation's clock.</summary>
    public long Added { get; set; }

    /// <summary>When it was deleted.</summary>
    public long Gone { get; set; } = long.MaxValue;

    public LinkedListNode<RealtimeItem>? Place { get; set; }

    /// <summary>The messages that instructions and the items of a moment make up.</summary>
    public static List<ChatMessage> Render(string? instructions, LinkedList<RealtimeItem> items, long when)
    {
        List<ChatMessage> messages = string.IsNullOrEmpty(instructions) ? [] : [new("system", instructions)];
        messages.AddRange(items.Where(item => item.Added < when && item.Gone > when).Select(item => item.Message ?? item.Answer!.ToMessage()).OfType<ChatMessage>());
        return messages;
    }
}
