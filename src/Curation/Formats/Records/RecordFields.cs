using System.Text.Json.Nodes;

namespace Tda.Curation.Formats.Records;

/// <summary>
/// Which fields of a record are a document's parts: those that the options name, else the usual names. A name with dots leads into
/// records inside the record, unless a field has the whole name.
/// </summary>
internal sealed class RecordFields(ImportOptions options)
{
    /// <summary>The usual names of what a model is trained on, the surest first.</summary>
    public static readonly IReadOnlyList<string> Texts = ["text", "content", "raw_content", "body", "document", "article", "passage"];

    /// <summary>The usual names of chats, which are rendered to a text (<see cref="ChatRecord"/>).</summary>
    public static readonly IReadOnlyList<string> Chats = ["messages", "conversations", "conversation"];

    private static readonly string[] Ids = ["id", "doc_id", "document_id", "uuid", "_id"];
    private static readonly string[] Sources = ["source", "data_source", "dataset", "subset"];
    private static readonly string[] Licenses = ["license", "licence"];
    private static readonly string[] Owners = ["owner", "rights_holder"];

    /// <summary>Whether a usual name of texts was looked for, so that more than one may fit.</summary>
    public bool GuessesText => options.TextField is null;

    /// <summary>The name that records lack which have no text, for messages.</summary>
    public string MissingText => options.TextField ?? "text";

    /// <summary>The fields that may be the text, the surest first; those of chats come last.</summary>
    public IEnumerable<RecordField> TextsOf(JsonObject record) =>
        Fields(record, options.TextField, [.. Texts, .. Chats]);

    public IEnumerable<RecordField> IdsOf(JsonObject record) => Fields(record, options.IdField, Ids);

    public IEnumerable<RecordField> SourcesOf(JsonObject record) => Fields(record, options.SourceField, Sources);

    public IEnumerable<RecordField> LicensesOf(JsonObject record) => Fields(record, options.LicenseField, Licenses);

    public IEnumerable<RecordField> OwnersOf(JsonObject record) => Fields(record, options.OwnerField, Owners);

    private static IEnumerable<RecordField> Fields(JsonObject record, string? given, IReadOnlyList<string> usual)
    {
        if (given is not null)
        {
            return Named(record, given) is { } field ? [field] : [];
        }

        return usual.Select(name => Usual(record, name)).OfType<RecordField>();
    }

    /// <summary>In any case: tables made by hand often begin names with a capital.</summary>
    private static RecordField? Usual(JsonObject record, string name)
    {
        if (record.TryGetPropertyValue(name, out var value))
        {
            return new RecordField(record, name, name, value);
        }

        foreach ((var key, var other) in record)
        {
            if (key.Length == name.Length && key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return new RecordField(record, key, key, other);
            }
        }

        return null;
    }

    private static RecordField? Named(JsonObject record, string name)
    {
        if (record.TryGetPropertyValue(name, out var value))
        {
            return new RecordField(record, name, name, value);
        }

        var at = record;
        var steps = name.Split('.');
        foreach (var step in steps[..^1])
        {
            if (at[step] is not JsonObject inner)
            {
                return null;
            }

            at = inner;
        }

        return at.TryGetPropertyValue(steps[^1], out value) ? new RecordField(at, steps[^1], name, value) : null;
    }
}

/// <summary>A field of a record.</summary>
/// <param name="Owner">The record that has it, which may lie inside another.</param>
/// <param name="Key">Its key there.</param>
/// <param name="Name">Its name as reports tell it.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct RecordField(JsonObject Owner, string Key, string Name, JsonNode? Value)
{
    /// <summary>The value where it is a text; else null.</summary>
    public string? Text => Value is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The value as a name: a text, or a number as it is written; else null.</summary>
    public string? Label => Text ?? (Value is JsonValue number && number.GetValueKind() == JsonValueKind.Number ? number.ToJsonString() : null);

    /// <summary>Takes it out of its record.</summary>
    public void Remove() => Owner.Remove(Key);
}
