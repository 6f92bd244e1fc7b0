using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Tda.Curation.Formats.Records;

/// <summary>
/// Records in Apache Parquet, read by Arrow's own library in batches of rows: memory holds a page of each column and a batch, whatever the
/// size of the file and of its row groups (docs/decisions/0035-parquet-reader.md).
/// </summary>
internal sealed class ParquetRecords : IDisposable
{
    /// <summary>About as many bytes of rows are converted at once.</summary>
    private const int BatchBytes = 4 << 20;

    private const int MostRowsOfABatch = 4096;
    private const int ReadBytes = 1 << 20;
    private const int NamesInMessage = 8;

    /// <summary>What stands in the library's messages behind the name of a C++ type.</summary>
    private const string MessageStart = "(message: '";

    private readonly FileReader _file;
    private readonly long _bytes;
    private readonly long _rows;

    /// <exception cref="InvalidDataException">It isn't Parquet, is damaged or encrypted, or has a type that can't be read.</exception>
    /// <exception cref="BadInputException">It can't be opened.</exception>
    public ParquetRecords(string path)
    {
        // The library's own message for a file that can't be opened names no remedy.
        _bytes = Openable(path);
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnableBufferedStream(); // else the whole column chunk is in memory
        properties.BufferSize = ReadBytes;
        properties.EnablePageChecksumVerification();
        using var arrow = ArrowReaderProperties.GetDefault();
        arrow.UseThreads = false;
        arrow.PreBuffer = false; // else the whole row group is in memory
        (_file, _rows) = Guard(() =>
        {
            arrow.BatchSize = RowsOfABatch(path);
            var file = new FileReader(path, properties, arrow);
            return (file, file.ParquetReader.FileMetaData.NumRows);
        });
        try
        {
            Columns = [.. Guard(() => _file.Schema).FieldsList.Select(field => (field.Name, TypeName(field.DataType)))];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Names and types of the columns.</summary>
    public IReadOnlyList<(string Name, string Type)> Columns { get; }

    /// <summary>The columns in words, for messages.</summary>
    public string InWords => "its columns: "
        + string.Join(", ", Columns.Take(NamesInMessage).Select(column => $"{column.Name} ({column.Type})"))
        + (Columns.Count > NamesInMessage ? ", …" : "");

    /// <summary>Whether a file begins as Parquet does, encrypted or not.</summary>
    public static bool IsParquet(ReadOnlySpan<byte> head) => head.StartsWith("PAR1"u8) || head.StartsWith("PARE"u8);

    /// <summary>Why no row can have a text; null where some may.</summary>
    public string? TextFault(ImportOptions options)
    {
        var usual = RecordFields.Texts.Concat(RecordFields.Chats);
        var candidates = Columns.Where(column => options.TextField is { } given
            ? column.Name == given || given.StartsWith(column.Name + ".", StringComparison.Ordinal)
            : usual.Contains(column.Name, StringComparer.OrdinalIgnoreCase)).ToList();
        return candidates.Count == 0 ? $"Parquet file without a column '{options.TextField ?? "text"}'"
            : candidates.All(column => !MayHoldText(column.Type)) ? $"Parquet file whose '{candidates[0].Name}' is of type {candidates[0].Type}"
            : null;
    }

    /// <summary>The rows in order.</summary>
    /// <param name="largest">A row with a text of more bytes is a fault.</param>
    /// <exception cref="InvalidDataException">From there on the file is damaged.</exception>
    public IEnumerable<ParquetRow> Read(int largest) => ReadAsync(largest).ToBlockingEnumerable();

    /// <summary>Bytes of the file that a row lies behind, about.</summary>
    public long Done(long row) => _rows == 0 ? _bytes : (long)((double)_bytes * row / _rows);

    public void Dispose() => _file.Dispose();

    private async IAsyncEnumerable<ParquetRow> ReadAsync(int largest)
    {
        using var batches = Guard(() => _file.GetRecordBatchReader());
        string[] names = [.. Columns.Select(column => column.Name)];
        long number = 0;
        while (true)
        {
            RecordBatch? batch;
            try
            {
                batch = await batches.ReadNextRecordBatchAsync();
            }
            catch (Exception error) when (Describe(error) is { } message)
            {
                throw new InvalidDataException(message, error);
            }

            if (batch is null)
            {
                break;
            }

            using (batch)
            {
                IArrowArray[] columns = [.. Enumerable.Range(0, names.Length).Select(batch.Column)];
                for (var row = 0; row < batch.Length; row++)
                {
                    yield return Row(++number, names, columns, row, largest);
                }
            }
        }

        // The footer says how many: a file put together wrongly must not pass for a short one.
        if (number != _rows)
        {
            throw new InvalidDataException($"its footer says {_rows} rows, and it has {number}");
        }
    }

    private static ParquetRow Row(long number, string[] names, IArrowArray[] columns, int row, int largest)
    {
        try
        {
            var record = new JsonObject();
            for (var column = 0; column < columns.Length; column++)
            {
                record[names[column]] = ArrowValue.ToJson(columns[column], row, largest);
            }

            return new ParquetRow(number, record, null);
        }
        catch (DecoderFallbackException)
        {
            return new ParquetRow(number, null, "row with a text that isn't UTF-8");
        }
        catch (OversizedValueException)
        {
            return new ParquetRow(number, null, DocumentLimits.TooLarge(largest));
        }
    }

    private static int RowsOfABatch(string path)
    {
        using var file = new ParquetFileReader(path);
        long rows = 0;
        long bytes = 0;
        for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
        {
            using var reader = file.RowGroup(group);
            rows += reader.MetaData.NumRows;
            bytes += reader.MetaData.TotalByteSize;
        }

        return (int)Math.Clamp(BatchBytes * rows / Math.Max(bytes, 1), 1, MostRowsOfABatch);
    }

    private static bool MayHoldText(string type) =>
        type.Contains("utf8", StringComparison.Ordinal) || type.Contains("binary", StringComparison.Ordinal)
        || type is "struct" or "map" || type.Contains("list", StringComparison.Ordinal);

    private static string TypeName(IArrowType type) => type is DictionaryType words ? words.ValueType.Name : type.Name;

    private static long Openable(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return file.Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, $"can't be read: {error.Message}", inner: error);
        }
    }

    private static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (Describe(error) is { } message)
        {
            throw new InvalidDataException(message, error);
        }
    }

    /// <summary>What the library says of a file; null for errors that aren't the file's.</summary>
    private static string? Describe(Exception error)
    {
        // What Arrow's streams find comes as a bare Exception.
        if (error is not (ParquetException or NotSupportedException or InvalidDataException or OverflowException) && error.GetType() != typeof(Exception))
        {
            return null;
        }

        var sentence = JsonRecords.FirstSentence(error);
        var start = sentence.IndexOf(MessageStart, StringComparison.Ordinal);
        return (start < 0 ? sentence : sentence[(start + MessageStart.Length)..]).TrimEnd('\'', ')');
    }
}

/// <summary>A row of a Parquet file.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Record">Its columns; null where one can't be read.</param>
/// <param name="Fault">Why there is no record.</param>
internal readonly record struct ParquetRow(long Number, JsonObject? Record, string? Fault);
