using System.Text.Json.Nodes;

namespace Tda.Curation.Formats;

/// <summary>
/// Makes documents of records: <c>text</c>, and where they are there <c>id</c>, <c>source</c>, <c>license</c>, <c>owner</c> (texts or
/// numbers) and <c>meta</c>. Every other field goes into <c>meta</c>, so that nothing is lost.
/// </summary>
internal sealed class RecordReader(ImportTally tally, DocumentLimits limits)
{
    private const int NamesInMessage = 8;

    /// <summary>The document of a record; null when there is none in it, which is counted.</summary>
    /// <param name="record">The record; it is taken apart.</param>
    /// <param name="file">The file that it stands in.</param>
    /// <param name="where">Its place, for messages.</param>
    public ImportedDocument? Read(JsonObject record, ImportFile file, string where)
    {
        try
        {
            if (!record.TryGetPropertyValue("text", out var value))
            {
                tally.Skip("record without a 'text'", $"{where} ({Names(record)})");
                return null;
            }

            if (value is not JsonValue given || !given.TryGetValue(out string? raw))
            {
                tally.Skip("record whose 'text' isn't a text", where);
                return null;
            }

            return limits.Fit(raw, where) is { } text ? Make(record, file, where, text, isCut: text.Length < raw.Length) : null;
        }
        catch (InvalidOperationException)
        {
            tally.Skip("record that holds half a character (a lone surrogate)", where);
            return null;
        }
    }

    private static ImportedDocument Make(JsonObject record, ImportFile file, string where, string text, bool isCut)
    {
        var fields = new List<string> { "text" };
        record.Remove("text");
        var id = Take("id");
        var source = Take("source");
        var document = new Document(id ?? DocumentId.Of(text), source ?? file.Source, text)
        {
            License = Take("license"),
            Owner = Take("owner"),
        };
        var meta = new JsonObject();
        if (record["meta"] is JsonObject own)
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

        // Fails on what can't be written, here rather than in the middle of the corpus.
        _ = meta.ToJsonString(JsonDefaults.Options);
        return new ImportedDocument(meta.Count == 0 ? document : document with { Meta = meta }, where)
        {
            HasOwnId = id is not null,
            IsCut = isCut,
            Fields = fields,
            InMeta = further,
        };

        // A number as it is written; null where there is none, or something else, which then goes into meta.
        string? Take(string name)
        {
            var value = record[name] switch
            {
                JsonValue text when text.TryGetValue(out string? given) => given,
                JsonValue number when number.GetValueKind() == JsonValueKind.Number => number.ToJsonString(),
                _ => null,
            };
            if (value is not null)
            {
                record.Remove(name);
            }

            if (string.IsNullOrEmpty(value))
            {
                return null;
            }

            fields.Add(name);
            return value;
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
    public void SkipTooLarge(string where) => tally.Skip($"document larger than {Size(options.LargestDocument)}", where);

    private static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes:N0} bytes";
}
