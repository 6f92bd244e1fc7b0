namespace Tda.Core.Queries;

/// <summary>
/// Query files: JSON Lines with <c>id</c>, <c>prompt</c>, <c>completion</c> and optionally <c>label</c>, <c>span</c> and <c>messages</c>, the chat, which
/// may stand for the prompt. What `tda exchanges export` writes is read too, its prompts, chats and responses.
/// </summary>
public static class QueryFile
{
    /// <summary>Reads queries.</summary>
    /// <param name="path">The file; gzip is understood.</param>
    /// <param name="progress">Told of exported exchanges that hold nothing to explain.</param>
    /// <param name="fromLog">The option that takes answers from the log instead, for the error about a foreign file.</param>
    /// <exception cref="BadInputException">A line isn't a query, an id comes twice, a span is outside its completion, a completion or the file is empty.</exception>
    public static IReadOnlyList<Query> Read(string path, IProgressSink? progress = null, string? fromLog = null)
    {
        var queries = new List<Query>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var unanswered = 0;
        foreach (var (line, number, offset) in JsonLines.ReadLines<JsonElement>(path))
        {
            BadInputException Bad(string what, string? remedy = null) => new(path, what, offset, remedy, line: number);
            if (line.ValueKind == JsonValueKind.Object && IsExchange(line))
            {
                if (Parse(line, Bad, OfExchange) is { } answered)
                {
                    queries.Add(ids.Add(answered.Id) ? answered : throw Bad($"exchange '{answered.Id}' comes twice"));
                }
                else
                {
                    unanswered++;
                }

                continue;
            }

            if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty("completion", out _))
            {
                var instead = fromLog is null ? "" : $", and {fromLog} takes answers from the log";
                throw Bad(
                    Foreign(line),
                    "A query has the fields id, prompt and completion, where completion is the model's answer; a file of "
                    + $"`tda exchanges export` serves too{instead}.");
            }

            var query = Parse(line, Bad, OfQuery)!;
            if (query.Completion.Length == 0)
            {
                throw Bad($"query '{query.Id}' has an empty completion: there is nothing to explain");
            }

            if (query.Span is { } span && !span.Fits(query.Completion.Length))
            {
                throw Bad(
                    $"query '{query.Id}' has the span [{span.Start}, {span.End}], its completion the characters 0 to "
                    + $"{query.Completion.Length}");
            }

            queries.Add(ids.Add(query.Id) ? query : throw Bad($"query id '{query.Id}' comes twice"));
        }

        if (queries.Count == 0)
        {
            throw unanswered == 0
                ? new BadInputException(path, "holds no queries", remedy: "Write one JSON object a line: id, prompt, completion.")
                : new BadInputException(
                    path, $"none of its {unanswered:N0} exchanges has both a prompt and a response: there is nothing to explain");
        }

        if (unanswered > 0)
        {
            progress?.Message($"{path}: {unanswered:N0} exchanges without a prompt or a response are left out.");
        }

        return queries;
    }

    /// <summary>Writes all queries, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<Query> queries) => JsonLines.Write(path, queries);

    /// <summary>The query that a logged answer is; null where there is nothing to explain.</summary>
    public static Query? OfExchange(string id, string? prompt, string? response, IReadOnlyList<ChatMessage>? messages = null) =>
        prompt is not null && response is { Length: > 0 } ? new Query(id, prompt, response) { Messages = messages } : null;

    private static Query? OfExchange(JsonElement line) => OfExchange(
        Text(line, "id") ?? "", Text(line, "prompt"), Text(line, "response"),
        line.TryGetProperty("messages", out var messages) ? messages.Deserialize<IReadOnlyList<ChatMessage>>(JsonDefaults.Options) : null);

    // Members that every exported exchange has, and no query.
    private static bool IsExchange(JsonElement line) =>
        Text(line, "id") is not null && Text(line, "route") is not null && Text(line, "started_at") is not null
            && Text(line, "state") is not null;

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static string Foreign(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
        {
            return "a JSON object was expected";
        }

        string[] fields = [.. line.EnumerateObject().Select(member => member.Name)];
        var there = fields.Length == 0 ? "it has no field" : $"the fields are {string.Join(", ", fields)}";
        return $"this is no query, since there is no completion; {there}";
    }

    private static Query? OfQuery(JsonElement line)
    {
        if (line.TryGetProperty("prompt", out _) || !line.TryGetProperty("messages", out _))
        {
            return line.Deserialize<Query>(JsonDefaults.Options);
        }

        var chat = JsonSerializer.SerializeToNode(line)!.AsObject();
        chat["prompt"] = "";
        var query = chat.Deserialize<Query>(JsonDefaults.Options);
        return query?.Messages is { } messages ? query with { Prompt = ChatText.Render(messages) } : query;
    }

    private static Query? Parse(JsonElement line, Func<string, string?, BadInputException> bad, Func<JsonElement, Query?> read)
    {
        try
        {
            return read(line);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw bad(JsonFault.Describe(error, Encoding.UTF8.GetBytes(line.GetRawText()), typeof(Query)), null);
        }
    }
}
