using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;

namespace Tda.Curation.Formats;

/// <summary>Records in CSV (RFC 4180). The first line names the fields, and tells whether they stand between commas, semicolons or tabs.</summary>
internal static class CsvRecords
{
    /// <summary>The records of a file, each with the number of its first line. An empty value counts as none.</summary>
    /// <param name="source">The file as UTF-8.</param>
    /// <param name="largest">A value of more characters is an error: most likely a quote is never closed.</param>
    /// <exception cref="InvalidDataException">From there on the file isn't CSV.</exception>
    public static IEnumerable<(JsonObject Record, int Line)> Read(Stream source, int largest)
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
        while (Next(csv))
        {
            var record = new JsonObject();
            var values = csv.Record!;
            for (var i = 0; i < Math.Min(names.Length, values.Length); i++)
            {
                if (values[i].Length > 0)
                {
                    record[names[i]] = values[i];
                }
            }

            yield return (record, csv.RawRow);
        }
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
