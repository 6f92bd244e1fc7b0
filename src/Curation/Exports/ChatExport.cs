using System.Text.Json.Nodes;

namespace Tda.Curation.Exports;

/// <summary>
/// OpenAI's chat fine-tuning format: JSON Lines of <c>{"messages":[{"role":…,"content":…},…]}</c>. The messages are the document's
/// <c>meta.messages</c>, with a content of their own or their place in the text (as imported chats have it); else <c>meta.prompt</c> and the text (without the prompt, where it begins with it); else the instruction and
/// the text.
/// </summary>
/// <remarks>
/// Held to OpenAI's description of the format: roles system, user and assistant; no empty content; a user's message, and the assistant's
/// last; 10 examples at least; files of 512 MB at most; longer examples than 65,536 tokens are cut by the API.
/// </remarks>
internal sealed class ChatExport(Stream stream, CorpusExportOptions options, ExportTally tally) : IExportFormat
{
    internal const int FewestExamples = 10;
    internal const long LargestFile = 512_000_000;

    /// <summary>About 65,536 tokens of English, at four characters each.</summary>
    internal const int LongestExample = 4 * 65_536;

    private const string Assistant = "assistant";
    private const string User = "user";

    private int _weighed;
    private int _long;
    private long _bytes;

    /// <exception cref="BadInputException">The document names no prompt, and there is no instruction.</exception>
    public ValueTask WriteAsync(TreatedDocument document, CancellationToken cancellation)
    {
        if (document.Weight == 0)
        {
            tally.LeaveOut("document of weight 0", document.Document.Id);
            return ValueTask.CompletedTask;
        }

        if (Fault(document, out var messages) is { } fault)
        {
            tally.LeaveOut(fault, document.Document.Id);
            return ValueTask.CompletedTask;
        }

        var line = JsonSerializer.SerializeToUtf8Bytes(new ChatExample(messages), JsonDefaults.Options);
        stream.Write(line);
        stream.WriteByte((byte)'\n');
        tally.Rows++;
        _bytes += line.Length + 1;
        _weighed += document.Weight == 1 ? 0 : 1;
        _long += messages.Sum(message => message.Content.Length) > LongestExample ? 1 : 0;
        return ValueTask.CompletedTask;
    }

    public ValueTask FinishAsync()
    {
        if (tally.Rows < FewestExamples)
        {
            tally.Note($"OpenAI takes no file of fewer than {FewestExamples} examples; this one has {tally.Rows:N0}.");
        }

        if (_bytes > LargestFile)
        {
            tally.Note($"OpenAI takes no file of more than 512 MB; this one has {_bytes / 1e6:N0} MB before compression.");
        }

        if (_long > 0)
        {
            tally.Note($"The API cuts what lies beyond 65,536 tokens. Examples of more than {LongestExample:N0} characters: {_long:N0}.");
        }

        if (_weighed > 0)
        {
            tally.Note(TextExport.WeightsLost(_weighed, "openai-chat"));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The document's messages, or why they can't be had.</summary>
    private string? Fault(TreatedDocument treated, out List<ChatMessage> messages)
    {
        messages = [];
        foreach (var turn in Turns(treated.Document))
        {
            if (turn.Role is not ("system" or User or Assistant))
            {
                return "document with a message whose role isn't system, user or assistant";
            }

            if (turn.HasCalls)
            {
                return "document with tool calls, which aren't written as such";
            }

            if (turn.Start is null && treated.Mask is not null && turn.Role == Assistant)
            {
                return "masked document whose text doesn't hold its messages";
            }

            // The mask is of the text: it applies to a message where the message stands in it.
            var content = turn.Start is { } start ? treated.Text(options, start, start + turn.Content.Length) : turn.Content;
            messages.Add(new ChatMessage(turn.Role, content));
        }

        return messages.Any(message => string.IsNullOrWhiteSpace(message.Content)) ? "document with an empty message"
            : !messages.Any(message => message.Role == User) ? "document without a user's message"
            : messages[^1].Role != Assistant ? "document whose last message isn't the assistant's"
            : null;
    }

    private IEnumerable<Turn> Turns(Document document)
    {
        var text = document.Text;
        if (document.Meta?["messages"] is JsonArray { Count: > 0 } given)
        {
            return Located(text, given);
        }

        if (TextOf(document.Meta, "prompt") is { Length: > 0 } prompt)
        {
            if (!text.StartsWith(prompt, StringComparison.Ordinal))
            {
                return [new Turn(User, prompt, null), new Turn(Assistant, text, 0)];
            }

            var rest = text[prompt.Length..];
            return [new Turn(User, prompt, 0), new Turn(Assistant, rest.Trim(), text.Length - rest.TrimStart().Length)];
        }

        return options.Instruction is { } instruction
            ? [new Turn(User, instruction, null), new Turn(Assistant, text, 0)]
            : throw new BadInputException(
                options.CorpusDirectory,
                $"document {document.Id} has neither meta.messages nor meta.prompt, and an assistant's message alone is no example",
                remedy: "Give the user's message for such documents with --instruction TEXT, or take another format.");
    }

    /// <summary>The messages with their places in the text, where each stands behind the one before it.</summary>
    private static IEnumerable<Turn> Located(string text, JsonArray messages)
    {
        var at = 0;
        foreach (var message in messages)
        {
            if (PlaceOf(message, text) is var (first, last))
            {
                yield return new Turn(TextOf(message, "role"), text[first..last], first) { HasCalls = message!["tool_calls"] is JsonArray { Count: > 0 } };
                continue;
            }

            var content = TextOf(message, "content");
            var start = text.IndexOf(content, at, StringComparison.Ordinal);
            at = start < 0 ? at : start + content.Length;
            yield return new Turn(TextOf(message, "role"), content, start < 0 ? null : start);
        }
    }

    /// <summary>The place that an imported chat's message names (<see cref="Formats.Records.ChatRecord"/>); null where it names none in the text.</summary>
    private static (int Start, int End)? PlaceOf(JsonNode? message, string text) =>
        message is JsonObject members && members["start"] is JsonValue start && members["end"] is JsonValue end
            && start.TryGetValue(out int first) && end.TryGetValue(out int last) && first >= 0 && first <= last && last <= text.Length
            ? (first, last)
            : null;

    private static string TextOf(JsonNode? node, string member) =>
        node is JsonObject members && members[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    /// <summary>A message before the mask is applied.</summary>
    /// <param name="Role">Who says it.</param>
    /// <param name="Content">What they say.</param>
    /// <param name="Start">Where it stands in the document's text, in UTF-16 characters; null: elsewhere.</param>
    private readonly record struct Turn(string Role, string Content, int? Start)
    {
        /// <summary>Whether its content ends in tool calls, as imported chats have them.</summary>
        public bool HasCalls { get; init; }
    }
}

/// <summary>A line of OpenAI's chat fine-tuning format.</summary>
internal sealed record ChatExample(IReadOnlyList<ChatMessage> Messages);
