using System.Text.Json.Nodes;
using Tda.Curation.Formats.Records;

namespace Tda.Curation.Formats;

/// <summary>Reads the documents of one file. What can't be used is counted with its reason, and the rest goes on.</summary>
internal sealed class DocumentReader(ImportOptions options, ImportTally tally)
{
    /// <summary>No text of this size is one document.</summary>
    internal const int MaximumFileBytes = 128 << 20;

    /// <summary>Enough of a file to tell whether it holds records.</summary>
    private const int HeadBytes = 1 << 16;

    private readonly DocumentLimits _limits = new(options, tally);
    private readonly RecordReader _records = new(options, tally);

    /// <param name="file">The file.</param>
    /// <param name="report">Gets the bytes of it that were read.</param>
    /// <exception cref="BadInputException">The file breaks off, or isn't all what it began as: how much is lost can't be told.</exception>
    public IEnumerable<ImportedDocument> Read(ImportFile file, Action<long> report) => FormatOf(file) switch
    {
        ImportFormat.JsonLines => ReadLines(file, report),
        ImportFormat.Json => ReadJson(file, report),
        ImportFormat.Csv => ReadCsv(file, report),
        ImportFormat.Parquet => ReadParquet(file, report),
        var format => ReadWhole(file, format) is { } document ? [document] : [],
    };

    /// <summary>By the option, else by name, else by the first bytes: records are never taken for one text.</summary>
    private ImportFormat FormatOf(ImportFile file)
    {
        if (options.Format != ImportFormat.Auto)
        {
            return options.Format;
        }

        if (ImportFiles.RecordsByName(file.Name) is { } format)
        {
            return format;
        }

        try
        {
            var head = ImportSource.HeadAsUtf8(file.Path, options.Declared, HeadBytes);
            if (ParquetRecords.IsParquet(head))
            {
                return ImportFormat.Parquet;
            }

            var isRecords = !IsPage(file) && !IsMail(file, head) && JsonRecords.IsArray(head, trusted: false) is not null;
            return isRecords ? ImportFormat.Json : ImportFormat.Auto;
        }
        catch (BadInputException)
        {
            return ImportFormat.Auto; // what is wrong is told when it is read
        }
    }

    private IEnumerable<ImportedDocument> ReadLines(ImportFile file, Action<long> report)
    {
        using var source = new ImportSource(file.Path, options.Declared, strict: false);
        using var lines = new LineReader(file.Path, source, options.LargestDocument);
        while (lines.Next())
        {
            report(source.Done);
            if (lines.IsBlank && !lines.IsTooLong)
            {
                continue;
            }

            tally.Meet();
            var where = $"{file.Name} line {lines.Number} (byte {lines.Offset})";
            if (lines.IsTooLong)
            {
                _limits.SkipTooLarge(where);
                continue;
            }

            (var record, var fault, var detail) = JsonRecords.OfLine(lines.Line.Span);
            if (fault is not null)
            {
                tally.Skip(fault, detail is null ? where : $"{where}: {detail}");
            }
            else if (_records.Read(record!, file, where) is { } document)
            {
                yield return document;
            }
        }
    }

    private IEnumerable<ImportedDocument> ReadJson(ImportFile file, Action<long> report)
    {
        var isArray = JsonRecords.IsArray(ImportSource.HeadAsUtf8(file.Path, options.Declared, HeadBytes), trusted: true);
        using var source = new ImportSource(file.Path, options.Declared, strict: true);
        var number = 0;
        foreach (var value in Guarded(JsonRecords.OfStream(source, isArray == true), file, "JSON"))
        {
            report(source.Done);
            tally.Meet();
            var where = $"{file.Name} record {++number}";
            if (value is not JsonObject record)
            {
                tally.Skip("value that isn't a JSON object", where);
            }
            else if (_records.Read(record, file, where) is { } document)
            {
                yield return document;
            }
        }
    }

    private IEnumerable<ImportedDocument> ReadCsv(ImportFile file, Action<long> report)
    {
        using var source = new ImportSource(file.Path, options.Declared, strict: true);
        foreach (var (record, line, values, names) in Guarded(CsvRecords.Read(source, options.LargestDocument), file, "CSV"))
        {
            report(source.Done);
            tally.Meet();
            var where = $"{file.Name} line {line}";
            if (record is null)
            {
                tally.Skip("record of another number of values than the first line has fields", $"{where} ({values} of {names})");
            }
            else if (_records.Read(record, file, where) is { } document)
            {
                yield return document;
            }
        }
    }

    private IEnumerable<ImportedDocument> ReadParquet(ImportFile file, Action<long> report)
    {
        using var rows = OpenParquet(file);
        if (rows is null)
        {
            yield break;
        }

        foreach (var row in Guarded(rows.Read(options.LargestDocument), file, "Parquet", isSure: true))
        {
            report(rows.Done(row.Number));
            tally.Meet();
            var where = $"{file.Name} row {row.Number}";
            if (row.Record is null)
            {
                tally.Skip(row.Fault!, where);
            }
            else if (_records.Read(row.Record, file, where) is { } document)
            {
                yield return document;
            }
        }
    }

    /// <summary>Null where the file isn't Parquet, or has no column that could be the text: then no row needs to be read.</summary>
    private ParquetRecords? OpenParquet(ImportFile file)
    {
        try
        {
            var rows = new ParquetRecords(file.Path);
            tally.MeetColumns(rows.Columns, file.Name);
            if (rows.TextFault(options) is not { } fault)
            {
                return rows;
            }

            rows.Dispose();
            tally.SkipUnread(fault, $"{file.Name}: {rows.InWords}");
        }
        catch (InvalidDataException error)
        {
            tally.SkipUnread("file that isn't Parquet, or is damaged", $"{file.Name}: {error.Message}");
        }

        return null;
    }

    /// <summary>The values as they come. An error before the first skips the file; one behind it would lose the rest unseen.</summary>
    /// <param name="isSure">Whether the file is known to be of the format, so that an error before the first is damage too.</param>
    private IEnumerable<T> Guarded<T>(IEnumerable<T> values, ImportFile file, string format, bool isSure = false)
    {
        using var each = values.GetEnumerator();
        for (var done = 0; Next(done); done++)
        {
            yield return each.Current;
        }

        bool Next(int done)
        {
            try
            {
                return each.MoveNext();
            }
            catch (Exception error) when (error is JsonException or InvalidDataException)
            {
                if (done > 0 || isSure)
                {
                    throw new BadInputException(
                        file.Path,
                        $"{(isSure ? "is damaged" : $"isn't {format}")} behind record {done}: {Short(error)}",
                        remedy: "Mend the file, or name what it is with --format.",
                        inner: error);
                }

                tally.SkipUnread($"file that isn't {format}", $"{file.Name}: {Short(error)}");
                return false;
            }
        }
    }

    private ImportedDocument? ReadWhole(ImportFile file, ImportFormat format)
    {
        tally.Meet();
        if (ReadBytes(file) is not { } bytes)
        {
            return null;
        }

        var mail = format == ImportFormat.Mail || (format == ImportFormat.Auto && IsMail(file, bytes));
        var raw = mail ? MailDocument(bytes, file) : TextDocument(bytes, file);
        if (raw is null || _limits.Fit(raw, file.Name) is not { } text)
        {
            return null;
        }

        var document = new Document(DocumentId.Of(text), file.Source, text)
        {
            License = file.License,
            Meta = new JsonObject { ["file"] = file.Name },
        };
        return new ImportedDocument(document, file.Name) { IsCut = text.Length < raw.Length };
    }

    private byte[]? ReadBytes(ImportFile file)
    {
        try
        {
            if (new FileInfo(file.Path).Length <= options.LargestDocument)
            {
                return File.ReadAllBytes(file.Path);
            }

            _limits.SkipTooLarge(file.Name);
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
        var encoding = ImportSource.ByMark(bytes) ?? options.Declared ?? Charset.Utf8;
        try
        {
            var text = encoding.GetString(bytes);
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                tally.Skip("binary file", file.Name);
                return null;
            }

            return IsPage(file) ? HtmlText.Extract(text) : TextLines.Tidy(text);
        }
        catch (DecoderFallbackException error)
        {
            var binary = encoding == Charset.Utf8 && bytes.AsSpan().Contains((byte)0);
            var reason = binary ? "binary file" : $"text that isn't {encoding.WebName.ToUpperInvariant()} (--encoding reads others)";
            tally.Skip(reason, binary ? file.Name : $"{file.Name} (byte {error.Index})");
            return null;
        }
        catch (MailFormatException error)
        {
            tally.Skip(error.Message, file.Name);
            return null;
        }
    }

    private static bool IsMail(ImportFile file, ReadOnlySpan<byte> bytes) => HasExtension(file, ".eml", ".mail") || MailReader.LooksLikeMail(bytes);

    private static bool IsPage(ImportFile file) => HasExtension(file, ".htm", ".html");

    private static bool HasExtension(ImportFile file, params string[] extensions) =>
        extensions.Contains(Path.GetExtension(file.Path), StringComparer.OrdinalIgnoreCase);

    private static string Short(Exception error)
    {
        var sentence = JsonRecords.FirstSentence(error);
        return error is JsonException { LineNumber: { } line } ? $"line {line + 1}: {sentence}" : sentence;
    }
}
