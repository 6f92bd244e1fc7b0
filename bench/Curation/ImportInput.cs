using ParquetSharp;

namespace Tda.Bench.Curation;

/// <summary>A file to import: documents of random words, some 2,500 characters each, every one with its number, in one of the formats.</summary>
/// <param name="Path">The file.</param>
/// <param name="Documents">How many.</param>
/// <param name="TextBytes">UTF-8 bytes of their texts.</param>
internal sealed record ImportInput(string Path, int Documents, long TextBytes)
{
    public const string LargeFormat = "parquet-zstd";

    /// <summary>Megabytes of text that make a Parquet file of a gigabyte, measured on the text below.</summary>
    public const double LargeText = 2_090;

    private const int WordsOfADocument = 380;
    private const int Vocabulary = 20_000;

    /// <summary>Different bodies; they come again farther apart than any compressor looks back.</summary>
    private const int Bodies = 8_000;

    private const int GroupRows = 20_000;

    public static readonly string[] Formats = ["jsonl", "jsonl-gz", "jsonl-zstd", "csv", "parquet-zstd", "parquet-snappy"];

    public static ImportInput Make(string folder, string format, int megabytes)
    {
        var texts = Texts(megabytes * 1_000_000L).ToList();
        return format.StartsWith("parquet", StringComparison.Ordinal)
            ? MakeParquet(folder, texts, format == "parquet-snappy" ? Compression.Snappy : Compression.Zstd)
            : MakeLines(folder, texts, format);
    }

    private static ImportInput MakeLines(string folder, List<(int Number, string Body)> texts, string format)
    {
        var name = format switch
        {
            "jsonl-gz" => "in.jsonl.gz",
            "jsonl-zstd" => "in.jsonl.zst",
            _ => $"in.{format}",
        };
        var path = System.IO.Path.Combine(folder, name);
        using (var file = File.Create(path))
        using (var packed = CompressedFile.Compressing(path, file))
        {
            var stream = packed ?? file;
            if (format == "csv")
            {
                stream.Write("id,text\n"u8);
            }

            foreach (var (number, body) in texts)
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(format == "csv"
                    ? $"d{number},\"{number} {body}\"\n"
                    : $"{{\"id\":\"d{number}\",\"text\":\"{number} {body}\"}}\n"));
            }
        }

        return new ImportInput(path, texts.Count, Bytes(texts));
    }

    private static ImportInput MakeParquet(string folder, List<(int Number, string Body)> texts, Compression compression)
    {
        var path = System.IO.Path.Combine(folder, "in.parquet");
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(compression).EnablePageChecksum().Build();
        using (var file = new ParquetFileWriter(path, [new Column<string>("id"), new Column<string>("text")], properties))
        {
            foreach (var rows in texts.Chunk(GroupRows))
            {
                using var group = file.AppendRowGroup();
                using (var column = group.NextColumn().LogicalWriter<string>())
                {
                    column.WriteBatch([.. rows.Select(row => $"d{row.Number}")]);
                }

                using (var column = group.NextColumn().LogicalWriter<string>())
                {
                    foreach (var part in rows.Chunk(1000))
                    {
                        column.WriteBatch([.. part.Select(row => $"{row.Number} {row.Body}")]);
                    }
                }
            }

            file.Close();
        }

        return new ImportInput(path, texts.Count, Bytes(texts));
    }

    private static long Bytes(List<(int Number, string Body)> texts) =>
        texts.Sum(text => (long)text.Body.Length + 1 + text.Number.ToString(CultureInfo.InvariantCulture).Length);

    private static IEnumerable<(int Number, string Body)> Texts(long bytes)
    {
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, Vocabulary).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26)))]))];
        var bodies = new List<string>();
        for (var number = 0; bytes > 0; number++)
        {
            if (bodies.Count < Bodies)
            {
                // Frequent words are frequent: the cube of a uniform number.
                bodies.Add(string.Join(' ', Enumerable.Range(0, WordsOfADocument).Select(_ => words[(int)(Math.Pow(random.NextDouble(), 3) * Vocabulary)])));
            }

            var body = bodies[number % Bodies];
            bytes -= body.Length;
            yield return (number, body);
        }
    }
}
