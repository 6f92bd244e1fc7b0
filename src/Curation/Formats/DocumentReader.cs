using System.Text.Json.Nodes;

namespace Tda.Curation.Formats;

/// <summary>Reads the documents of one file. What can't be used is counted with its reason, and the rest goes on.</summary>
internal sealed class DocumentReader(ImportOptions options, ImportTally tally)
{
    /// <summary>No text of this size is one document.</summary>
    private const long MaximumFileBytes = 256L << 20;

    /// <exception cref="BadInputException">A gzip file is truncated or corrupt: how much is lost can't be told.</exception>
    public IEnumerable<Document> Read(ImportFile file)
    {
        var jsonLines = options.Format == ImportFormat.JsonLines || (options.Format == ImportFormat.Auto && ImportFiles.IsJsonLines(file.Path));
        return jsonLines ? ReadJsonLines(file)
            : ReadWhole(file) is { } document ? [document]
            : [];
    }

    private IEnumerable<Document> ReadJsonLines(ImportFile file)
    {
        using var lines = new LineReader(file.Path);
        while (lines.Next())
        {
            if (lines.IsBlank)
            {
                continue;
            }

            var where = $"{file.Name} line {lines.Number} (byte {lines.Offset})";
            if (Parse(lines.Line.Span, where) is not { } record || Fit(record.Text!, where) is not { } text)
            {
                continue;
            }

            var id = string.IsNullOrEmpty(record.Id) ? DocumentId.Of(text) : record.Id;
            var source = string.IsNullOrEmpty(record.Source) ? file.Source : record.Source;
            yield return new Document(id, source, text) { License = record.License, Owner = record.Owner, Meta = record.Meta };
        }
    }

    private ImportRecord? Parse(ReadOnlySpan<byte> line, string where)
    {
        const string NoRecord = "line that isn't a JSON object with a text";
        try
        {
            var record = JsonSerializer.Deserialize<ImportRecord>(line, JsonDefaults.Options);
            if (record is { Text: not null })
            {
                return record;
            }

            tally.Skip(record is null ? NoRecord : "line without a 'text'", where);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            tally.Skip(NoRecord, $"{where}: {error.Message}");
        }

        return null;
    }

    private Document? ReadWhole(ImportFile file)
    {
        if (ReadBytes(file) is not { } bytes)
        {
            return null;
        }

        var mail = options.Format == ImportFormat.Mail
            || (options.Format == ImportFormat.Auto && (HasExtension(file, ".eml", ".mail") || MailReader.LooksLikeMail(bytes)));
        var raw = mail ? MailDocument(bytes, file) : TextDocument(bytes, file);
        return raw is null || Fit(raw, file.Name) is not { } text
            ? null
            : new Document(DocumentId.Of(text), file.Source, text) { Meta = new JsonObject { ["file"] = file.Name } };
    }

    private byte[]? ReadBytes(ImportFile file)
    {
        try
        {
            if (new FileInfo(file.Path).Length <= MaximumFileBytes)
            {
                return File.ReadAllBytes(file.Path);
            }

            tally.Skip($"file larger than {MaximumFileBytes >> 20} MiB", file.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            tally.Skip("file that can't be read", $"{file.Name}: {error.Message}");
        }

        return null;
    }

    private string? MailDocument(byte[] bytes, ImportFile file)
    {
        try
        {
            var mail = MailReader.Read(bytes);
            return options.KeepSubject && mail.Subject.Length > 0 ? $"Subject: {mail.Subject}\n\n{mail.Body}" : mail.Body;
        }
        catch (MailFormatException error)
        {
            tally.Skip($"mail: {error.Message}", file.Name);
            return null;
        }
    }

    private string? TextDocument(byte[] bytes, ImportFile file)
    {
        if (bytes.AsSpan().Contains((byte)0))
        {
            tally.Skip("binary file", file.Name);
            return null;
        }

        try
        {
            var text = Charset.Utf8.GetString(bytes);
            return HasExtension(file, ".htm", ".html") ? HtmlText.Extract(text) : TextLines.Tidy(text);
        }
        catch (DecoderFallbackException error)
        {
            tally.Skip("text that isn't UTF-8", $"{file.Name} (byte {error.Index})");
            return null;
        }
        catch (MailFormatException error)
        {
            tally.Skip(error.Message, file.Name);
            return null;
        }
    }

    /// <summary>The text within the limits, or null when it is too short.</summary>
    private string? Fit(string text, string where)
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

        if (options.MaxCharacters is not { } maximum || text.Length <= maximum)
        {
            return text;
        }

        tally.Truncated++;
        var end = maximum > 1 && char.IsHighSurrogate(text[maximum - 1]) ? maximum - 1 : maximum;
        return text[..end];
    }

    private static bool HasExtension(ImportFile file, params string[] extensions) =>
        extensions.Contains(Path.GetExtension(file.Path), StringComparer.OrdinalIgnoreCase);
}

/// <summary>A line of a JSON Lines file to import. Members that Tda doesn't know are left out.</summary>
internal sealed record ImportRecord
{
    /// <summary>Required of a line; null says that it wasn't there.</summary>
    public string? Text { get; init; }

    public string? Id { get; init; }

    public string? Source { get; init; }

    public string? License { get; init; }

    public string? Owner { get; init; }

    public JsonObject? Meta { get; init; }
}
