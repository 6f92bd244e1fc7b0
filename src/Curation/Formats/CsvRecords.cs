using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;

namespace Tda.Curation.Formats;

/// <summary>Records in CSV (RFC 4180): the first line names the fields; commas, semicolons or tabs, whichever that line has, stand between them.</summary>
internal static class CsvRecords
{
    /// <summary>The records of a file, each with the number of its first line. An empty value counts as none.</summary>
    /// <param name="source">The file as UTF-8.</param>
    /// <param name="largest">A value of more characters is an error.</param>
    /// <exception cref="CsvHelperException">From there on the file isn't CSV.</exception>
    public static IEnumerable<(JsonObject Record, int Line)> Read(Stream source, int largest)
    {
        using var text = new StreamReader(source, Charset.Utf8, detectEncodingFromByteOrderMarks: false);
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [",", ";", "\t"],
            MaxFieldSize = largest,
        };
        using var csv = new CsvParser(text, configuration);
        if (!csv.Read())
        {
            yield break;
        }

        string[] names = [.. csv.Record!.Select(name => name.Trim().TrimStart('\uFEFF'))];
        while (csv.Read())
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
}
