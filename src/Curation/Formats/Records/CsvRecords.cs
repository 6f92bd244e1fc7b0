using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;

namespace Tda.Curation.Formats.Records;

/// <summary>Records in CSV (RFC 4180). The first line names the fields, and tells whether they stand between commas, semicolons or tabs.</summary>
internal static class CsvRecords
{
    /// <summary>
    /// The records of a file, each with the number of its line and of its values; an empty value counts as none. Null for a record of
    /// more or fewer values than there are fields: most likely its text holds a delimiter or a line break and isn't quoted.
    /// </summary>
    /// <param name="source">The file as UTF-8.</param>
    /// <param name="largest">A value of more characters is an error: most likely a quote is never closed.</param>
    /// <exception cref="InvalidDataException">From there on the file isn't CSV.</exception>
    public static IEnumerable<CsvRecord> Read(Stream source, int largest)
    {
        using var text = new StreamReader(source, Charset.Utf8, detectEncodingFromByteOrderMarks: true); // takes the mark away
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [",", ";", "\t"],
            MaxFieldSize = largest,
            BadDataFound = bad => throw new InvalidDataException($"line {bad.Context.Parser!.RawRow} has a quote where none may be"),
        };
        using var csv = new CsvParser(text, configuration);
        if (!Next(csv))
        {
            yield break;
        }

        string[] names = [.. csv.Record!.Select(name => name.Trim())];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            throw new InvalidDataException($"the first line names a field twice: {string.Join(", ", names)}");
        }

        while (Next(csv))
        {
            var values = csv.Record!;
            yield return new CsvRecord(values.Length == names.Length ? Record(names, values) : null, csv.RawRow, values.Length, names.Length);
        }
    }

    private static JsonObject Record(string[] names, string[] values)
    {
        var record = new JsonObject();
        foreach ((var name, var value) in names.Zip(values).Where(field => field.Second.Length > 0))
        {
            record[name] = value;
        }

        return record;
    }

    private static bool Next(CsvParser csv)
    {
        try
        {
            return csv.Read();
        }
        catch (MaxFieldSizeException error)
        {
            throw new InvalidDataException($"a value in line {csv.RawRow} is too large, or its quote is never closed", error);
        }
    }
}

/// <summary>A record of a CSV file.</summary>
/// <param name="Record">Its fields; null where it has more or fewer values than fields.</param>
/// <param name="Line">The line that it ends in, from 1.</param>
/// <param name="Values">How many values it has.</param>
/// <param name="Names">How many fields the first line names.</param>
internal readonly record struct CsvRecord(JsonObject? Record, int Line, int Values, int Names);
