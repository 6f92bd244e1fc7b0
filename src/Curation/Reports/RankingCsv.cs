namespace Tda.Curation.Reports;

/// <summary>
/// report.csv: the whole ranking of a run, a line for each document of each answer, for spreadsheets. As RFC 4180 has it, UTF-8; a text that a
/// spreadsheet would take for a formula gets an apostrophe before it, since names and sources come from the corpus.
/// </summary>
internal static class RankingCsv
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "report.csv";

    private const string Heading = "answer,rank,document,name,source,share,z,score,uncalibrated_nats,nats,nats_low,nats_high";

    /// <summary>Writes the ranking of a run.</summary>
    public static void Write(string path, ScoreRun run) => AtomicFile.Write(path, stream =>
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\r\n" };
        text.WriteLine(Heading);
        foreach (var line in run.Top())
        {
            string[] cells =
            [
                Text(line.Query), Number(line.Rank), Text(line.Id), Text(line.Name), Text(line.Source), Number(line.Share), Number(line.Z),
                Number(line.Score), Number(line.UncalibratedNats), Number(line.Calibrated?.Nats), Number(line.Calibrated?.Interval.Low),
                Number(line.Calibrated?.Interval.High),
            ];
            text.WriteLine(string.Join(',', cells));
        }
    });

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Text(string? text)
    {
        var safe = text is { Length: > 0 } && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + text : text ?? "";
        return safe.AsSpan().ContainsAny(",\"\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
