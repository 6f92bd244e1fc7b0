using System.Text.Json.Nodes;

namespace Tda.Curation.Formats.Records;

/// <summary>
/// Makes documents of records: a text or a chat, and where they are there id, source, license, owner (texts or numbers) and <c>meta</c>.
/// Which fields these are, <see cref="RecordFields"/> tells. Every other field goes into <c>meta</c>, so that nothing is lost.
/// </summary>
internal sealed class RecordReader(ImportOptions options, ImportTally tally)
{
    private const int NamesInMessage = 8;

    private readonly RecordFields _fields = new(options);
    private readonly DocumentLimits _limits = new(options, tally);

    /// <summary>The document of a record; null when there is none in it, which is counted.</summary>
    /// <param name="record">The record; it is taken apart.</param>
    /// <param name="file">The file that it stands in.</param>
    /// <param name="where">Its place, for messages.</param>
    public ImportedDocument? Read(JsonObject record, ImportFile file, string where)
    {
        try
        {
            return TextOf(record, where) is var (field, raw, messages) && _limits.Fit(raw, where) is { } text
                ? Make(record, file, where, field, text, messages, isCut: text.Length < raw.Length)
                : null;
        }
        catch (InvalidOperationException)
        {
            tally.Skip("record that holds half a character (a lone surrogate)", where);
            return null;
        }
    }

    /// <summary>The field that is the text, with its text, and the messages of a chat; null where there is none, which is counted.</summary>
    private (RecordField Field, string Text, JsonArray? Messages)? TextOf(JsonObject record, string where)
    {
        RecordField[] candidates = [.. _fields.TextsOf(record)];
        var usable = candidates.Where(field => field.Text is not null || ChatRecord.IsChat(field.Value)).ToList();
        if (usable.Count == 0)
        {
            if (candidates.Length == 0)
            {
                tally.Skip($"record without a '{_fields.MissingText}'", $"{where} ({Names(record)})");
            }
            else
            {
                tally.Skip($"record whose '{candidates[0].Name}' isn't a text", where);
            }

            return null;
        }

        var chosen = usable[0];
        foreach (var other in usable.Skip(1).Where(other => other.Text is not null && _fields.GuessesText))
        {
            tally.Doubt(chosen.Name, other.Name);
        }

        if (chosen.Text is { } text)
        {
            return (chosen, text, null);
        }

        if (ChatRecord.Render((JsonArray)chosen.Value!) is var (rendered, messages))
        {
            return (chosen, rendered, messages);
        }

        tally.Skip($"chat with a message that has no role or no content", where);
        return null;
    }

    private ImportedDocument Make(
        JsonObject record, ImportFile file, string where, RecordField textField, string text, JsonArray? messages, bool isCut)
    {
        var fields = new List<string> { textField.Name };
        textField.Remove();
        var id = Take(_fields.IdsOf(record));
        var source = Take(_fields.SourcesOf(record));
        var document = new Document(id ?? DocumentId.Of(text), source ?? file.Source, text)
        {
            License = Take(_fields.LicensesOf(record)) ?? file.License,
            Owner = Take(_fields.OwnersOf(record)),
        };
        var meta = new JsonObject();
        if (MetaOf(record["meta"]) is { } own)
        {
            record.Remove("meta");
            fields.Add("meta");
            meta = own;
        }

        List<string> further =
            [.. record.Where(field => field.Value is not null && !meta.ContainsKey(field.Key)).Select(field => field.Key)];
        foreach (var name in further)
        {
            var value = record[name];
            record.Remove(name);
            meta[name] = value;
        }

        if (messages is not null)
        {
            meta["messages"] = isCut ? ChatRecord.Cut(messages, text.Length) : messages;
        }

        // Fails on what can't be written, here rather than in the middle of the corpus.
        _ = meta.ToJsonString(JsonDefaults.Options);
        return new ImportedDocument(meta.Count == 0 ? document : document with { Meta = meta }, where)
        {
            HasOwnId = id is not null,
            IsCut = isCut,
            Fields = fields,
            InMeta = further,
        };

        // The first of the names whose value can be one; what can't goes into meta.
        string? Take(IEnumerable<RecordField> candidates)
        {
            foreach (var field in candidates.ToList())
            {
                if (field.Label is { } value)
                {
                    field.Remove();
                    if (value.Length > 0)
                    {
                        fields.Add(field.Name);
                        return value;
                    }
                }
            }

            return null;
        }
    }

    /// <summary>The members of <c>meta</c>: an object, or a text that holds one, as tables without nested columns have it.</summary>
    private static JsonObject? MetaOf(JsonNode? meta)
    {
        if (meta is JsonObject own)
        {
            return own;
        }

        if (meta is not JsonValue value || !value.TryGetValue(out string? text) || !text.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // a text that only begins like an object
        }
    }

    private static string Names(JsonObject record)
    {
        var names = string.Join(", ", record.Take(NamesInMessage).Select(field => field.Key));
        return record.Count == 0 ? "it has no fields" : $"its fields: {names}{(record.Count > NamesInMessage ? ", …" : "")}";
    }
}

/// <summary>What a text must be like to be a document.</summary>
internal sealed class DocumentLimits(ImportOptions options, ImportTally tally)
{
    /// <summary>The text within the limits, cut if need be; null when it can't be a document, which is counted.</summary>
    public string? Fit(string text, string where)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            tally.Skip("empty document", where);
            return null;
        }

        if (text.Length < options.MinCharacters)
        {
            tally.Skip($"document shorter than {options.MinCharacters} characters", where);
            return null;
        }

        if (text.Length > options.LargestDocument)
        {
            SkipTooLarge(where);
            return null;
        }

        if (options.MaxCharacters is not { } maximum || text.Length <= maximum)
        {
            return text;
        }

        var end = maximum > 1 && char.IsHighSurrogate(text[maximum - 1]) ? maximum - 1 : maximum;
        return text[..end];
    }

    /// <summary>Counts something as too large to be one document.</summary>
    public void SkipTooLarge(string where) => tally.Skip(TooLarge(options.LargestDocument), where);

    /// <summary>The reason in words.</summary>
    public static string TooLarge(int largest) =>
        $"document larger than {(largest >= 1 << 20 ? $"{largest >> 20} MiB" : $"{largest:N0} bytes")}";
}
