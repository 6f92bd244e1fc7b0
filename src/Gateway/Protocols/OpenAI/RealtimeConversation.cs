namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// The conversation that the events of a Realtime connection make up: what the client and its user put in, and each answer with what
/// stood before it. Answers outside of the conversation (<c>"conversation": "none"</c>) count for tokens only.
/// </summary>
internal sealed class RealtimeConversation
{
    private readonly Dictionary<string, LinkedListNode<RealtimeItem>> _byId = new(StringComparer.Ordinal);
    private readonly Queue<RealtimeItem> _unnamed = new();
    private readonly List<RealtimeTurn> _all = [];
    private readonly Dictionary<string, RealtimeTurn> _turns = new(StringComparer.Ordinal);
    private LinkedList<RealtimeItem> _items = [];
    private long _clock;
    private string? _instructions;
    private string? _nextInstructions;

    /// <summary>The answers, in their order.</summary>
    public IEnumerable<RealtimeTurn> Turns => _all.Where(turn => turn.InConversation);

    /// <summary>The model that the session names.</summary>
    public string? Model { get; private set; }

    /// <summary>The tokens of all answers.</summary>
    public Usage? Usage { get; private set; }

    /// <summary>Whether an event of this type is an answer's last: the Realtime API has one, the responses API three.</summary>
    public static bool IsEnd(string type) => type is "response.done" or "response.completed" or "response.incomplete" or "response.failed";

    /// <summary>All that stands in the conversation.</summary>
    public List<ChatMessage> Messages() => RealtimeItem.Render(_instructions, _items, _clock + 1);

    /// <summary>Takes an event that the client sent.</summary>
    public void FromClient(string type, ReadOnlySpan<byte> data)
    {
        var reader = JsonRead.Start(data, "event");
        switch (type)
        {
            case "session.update":
                ReadSession(reader);
                break;
            case "conversation.item.create":
                var before = JsonRead.Peek(reader, "previous_item_id"u8);
                if (Into(ref reader, "item"u8))
                {
                    var id = JsonRead.Peek(reader, "id"u8);
                    Put(new() { Id = id, Message = ResponsesInputReader.Item(ref reader, data) }, before);
                }

                break;
            case "response.create":
                ReadCreate(reader, data);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes an event that the upstream sent.</summary>
    public void FromUpstream(string type, ReadOnlySpan<byte> data)
    {
        var reader = JsonRead.Start(data, "event");
        switch (type)
        {
            case "session.created" or "session.updated":
                ReadSession(reader);
                break;
            case "input_audio_buffer.committed":
                // What the user said; its transcript, if one is asked for, comes later.
                Put(new() { Id = JsonRead.Peek(reader, "item_id"u8), Message = new("user", "") }, JsonRead.Peek(reader, "previous_item_id"u8));
                break;
            case "conversation.item.input_audio_transcription.completed":
                if (Find(JsonRead.Peek(reader, "item_id"u8))?.Value is { Message: { } heard } item)
                {
                    item.Message = heard with { Content = JsonRead.Peek(reader, "transcript"u8) ?? heard.Content };
                }

                break;
            case "conversation.item.created" or "conversation.item.added":
                Name(reader);
                break;
            case "conversation.item.deleted":
                if (Find(JsonRead.Peek(reader, "item_id"u8)) is { } deleted)
                {
                    deleted.Value.Gone = ++_clock;
                }

                break;
            case "response.created":
                Begin(reader);
                break;
            case "response.output_item.added" or "response.output_item.done":
                ReadOutputItem(reader, data);
                break;
            case "response.output_text.delta" or "response.text.delta" or "response.refusal.delta"
                or "response.output_audio_transcript.delta" or "response.audio_transcript.delta":
                ReadDelta(reader, TurnOf(reader).Text);
                break;
            case "response.function_call_arguments.delta":
                ReadDelta(reader, TurnOf(reader).Calls.Input(JsonRead.PeekCount(reader, "output_index"u8) ?? 0));
                break;
            case var _ when IsEnd(type):
                End(reader, data);
                break;
            default:
                break;
        }
    }

    /// <summary>Goes into the object of a member; false where there is none.</summary>
    private static bool Into(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(member))
            {
                return JsonRead.IntoObject(ref reader, "event");
            }
        }

        return false;
    }

    private static void ReadDelta(Utf8JsonReader reader, TextBuilder? text)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("delta"u8))
            {
                text?.Append(ref reader, "delta");
            }
        }
    }

    private void ReadSession(Utf8JsonReader reader)
    {
        if (Into(ref reader, "session"u8))
        {
            _instructions = JsonRead.Peek(reader, "instructions"u8) ?? _instructions;
            Model = JsonRead.Peek(reader, "model"u8) ?? Model;
        }
    }

    /// <summary>
    /// What the client asks for: of the Realtime API an answer that may have instructions of its own, else the call itself, which goes on
    /// with what was said only where it names the response before.
    /// </summary>
    private void ReadCreate(Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var call = reader;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("response"u8) && JsonRead.IntoObject(ref reader, "response"))
            {
                _nextInstructions = JsonRead.Peek(reader, "instructions"u8);
                return;
            }

            if (reader.ValueTextEquals("input"u8))
            {
                reader.Read();
                var messages = new List<ChatMessage>();
                ResponsesInputReader.Read(ref reader, data, messages);
                if (JsonRead.Peek(call, "previous_response_id"u8) is null)
                {
                    // The turns so far keep theirs.
                    _items = [];
                    _byId.Clear();
                    _unnamed.Clear();
                }

                messages.ForEach(message => Put(new() { Message = message }, previous: null));
                _instructions = JsonRead.Peek(call, "instructions"u8);
                Model = JsonRead.Peek(call, "model"u8) ?? Model;
                return;
            }
        }
    }

    private LinkedListNode<RealtimeItem>? Find(string? id) => id is null ? null : _byId.GetValueOrDefault(id);

    /// <summary>Puts an item behind another, at the beginning, or where nothing is said at the end.</summary>
    private LinkedListNode<RealtimeItem> Put(RealtimeItem item, string? previous)
    {
        item.Added = ++_clock;
        var node = previous == "root" ? _items.AddFirst(item) : Find(previous) is { } before ? _items.AddAfter(before, item) : _items.AddLast(item);
        item.Place = node;
        if (item.Id is not null)
        {
            _byId[item.Id] = node;
        }
        else if (item.Message is not null)
        {
            _unnamed.Enqueue(item);
        }

        return node;
    }

    /// <summary>The upstream names an item that the client sent without an id: it takes them in their order.</summary>
    private void Name(Utf8JsonReader reader)
    {
        if (Into(ref reader, "item"u8) && JsonRead.Peek(reader, "id"u8) is { } id && Find(id) is null
            && _unnamed.TryPeek(out var item) && JsonRead.Peek(reader, "role"u8) is var role && (role is null || role == item.Message!.Role))
        {
            _byId[id] = _unnamed.Dequeue().Place!;
        }
    }

    private void Begin(Utf8JsonReader reader)
    {
        if (!Into(ref reader, "response"u8))
        {
            return;
        }

        Add(new RealtimeTurn(_nextInstructions ?? _instructions, _items, ++_clock) { Id = JsonRead.Peek(reader, "id"u8), InConversation = !IsAside(reader) });
        _nextInstructions = null;
    }

    private RealtimeTurn Add(RealtimeTurn turn)
    {
        _all.Add(turn);
        if (turn.Id is not null)
        {
            _turns[turn.Id] = turn;
        }

        if (turn.InConversation)
        {
            turn.Place = Put(new() { Answer = turn }, previous: null);
        }

        return turn;
    }

    /// <summary>Whether the response says that it is in no conversation.</summary>
    private static bool IsAside(Utf8JsonReader reader)
    {
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("conversation_id"u8))
            {
                return reader.Read() && reader.TokenType == JsonTokenType.Null;
            }
        }

        return false;
    }

    /// <summary>The answer that an event belongs to; the newest where it doesn't say.</summary>
    private RealtimeTurn TurnOf(Utf8JsonReader reader)
    {
        var id = JsonRead.Peek(reader, "response_id"u8);
        return (id is null ? _all.LastOrDefault() : _turns.GetValueOrDefault(id)) ?? Add(new(_instructions, _items, ++_clock) { Id = id });
    }

    private void ReadOutputItem(Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var turn = TurnOf(reader);
        var index = JsonRead.PeekCount(reader, "output_index"u8) ?? 0;
        if (Into(ref reader, "item"u8))
        {
            if (turn.Place is { } place && JsonRead.Peek(reader, "id"u8) is { } id)
            {
                _byId.TryAdd(id, place);
            }

            turn.TakeItem(ref reader, data, index, withText: false);
        }
    }

    private void End(Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        if (!Into(ref reader, "response"u8))
        {
            return;
        }

        var id = JsonRead.Peek(reader, "id"u8);
        var turn = (id is null ? null : _turns.GetValueOrDefault(id)) ?? TurnOf(reader);
        var usage = turn.End(ref reader, data, out var model);
        Model = model ?? Model;
        if (usage is not null)
        {
            Usage = new(
                TokenSum.Of(Usage?.PromptTokens, usage.PromptTokens),
                TokenSum.Of(Usage?.CompletionTokens, usage.CompletionTokens),
                TokenSum.Of(Usage?.TotalTokens, usage.TotalTokens));
        }
    }
}
