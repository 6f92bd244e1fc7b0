using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using ParquetSharp;
using Tda.Curation.Formats;

namespace Tda.Curation.Tests.Formats;

/// <summary>Parquet that other programs wrote, whole and damaged: rows are documents, and no row is lost without a word.</summary>
public sealed class ParquetImportTests : IDisposable
{
    private readonly ImportSample _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Import_ColumnsOfEveryKind_KeepTheirKindInMeta()
    {
        var path = await _sample.WriteParquetAsync("in.parquet", [new RichRow(), new RichRow { Id = "b", Text = "other", Count = null, Parts = [], Inner = null }]);

        var report = _sample.Import(path);

        var documents = _sample.Documents();
        Assert.Equal(["a", "b"], documents.Select(d => d.Id));
        Assert.Equal("Käse 😀", documents[0].Text);
        Assert.Equal(
            // The price has the digits of its column's scale.
            """{"Count":5,"Big":9007199254740993,"Share":0.25,"Flag":true,"Price":12.340000000000000000,"Parts":[1,2],"Inner":{"Name":"n","Levels":["x",null]},"Bytes":"AP8=","Day":"2026-11-30T01:02:03.004"}""",
            Ordered(documents[0].Meta!));
        Assert.False(documents[1].Meta!.ContainsKey("Count")); // null: not there
        Assert.Equal((2, 2), (report.Read, report.Documents));
    }

    [Theory]
    [InlineData(Parquet.CompressionMethod.None)]
    [InlineData(Parquet.CompressionMethod.Snappy)]
    [InlineData(Parquet.CompressionMethod.Gzip)]
    [InlineData(Parquet.CompressionMethod.Brotli)]
    [InlineData(Parquet.CompressionMethod.Lz4Raw)]
    [InlineData(Parquet.CompressionMethod.Zstd)]
    public async Task Import_AnyCodecAndRowGroups_GivesTheRowsInOrder(Parquet.CompressionMethod codec)
    {
        var rows = Rows(1000);

        var report = _sample.Import(await _sample.WriteParquetAsync("in.parquet", rows, rowsOfAGroup: 300, codec));

        Assert.Equal(rows.Select(row => (row.id, row.text)), _sample.Documents().Select(d => (d.Id, d.Text)));
        Assert.Equal(1000, report.Read);
    }

    /// <summary>What pandas, Polars and Arrow say of their texts in the file's metadata, where it isn't a plain text.</summary>
    [Theory]
    [InlineData("dictionary")]
    [InlineData("large_utf8")]
    [InlineData("utf8_view")]
    [InlineData("binary")]
    [InlineData("large_binary")]
    public void Import_TextsOfOtherArrowTypes_AreTexts(string kind)
    {
        IArrowType type = kind switch
        {
            "dictionary" => new DictionaryType(Int32Type.Default, StringType.Default, false),
            "large_utf8" => LargeStringType.Default,
            "utf8_view" => StringViewType.Default,
            "binary" => BinaryType.Default,
            _ => LargeBinaryType.Default,
        };
        WriteTexts("in.parquet", ["two", null, "one", "two"], type);

        _sample.Import(_sample["in.parquet"]);

        Assert.Equal(["two", "one"], _sample.Documents().Select(d => d.Text));
    }

    [Fact]
    public async Task Import_NestedChat_IsRendered()
    {
        var path = await _sample.WriteParquetAsync("in.parquet", [new ChatRow()]);

        _sample.Import(path);

        var document = Assert.Single(_sample.Documents());
        Assert.Equal("user: Hi\nassistant: Hello", document.Text);
        Assert.Equal("c1", document.Id);
    }

    [Fact]
    public void Import_TextThatIsNotUtf8_SkipsTheRowAndNamesIt()
    {
        WriteTexts("in.parquet", ["good", "cafE", "fine"]);
        var bytes = File.ReadAllBytes(_sample["in.parquet"]);
        bytes[bytes.AsSpan().IndexOf("cafE"u8) + 3] = 0xE9; // é in windows-1252
        _sample.Write("in.parquet", bytes);

        var report = _sample.Import(_sample["in.parquet"]);

        Assert.Equal(["good", "fine"], _sample.Documents().Select(d => d.Text));
        var skipped = Assert.Single(report.Skipped);
        Assert.Equal(("row with a text that isn't UTF-8", "in.parquet row 2"), (skipped.Reason, skipped.Examples[0]));
    }

    [Fact]
    public async Task Import_RowTooLarge_IsSkippedAndNamedAndTheRestIsRead()
    {
        var path = await _sample.WriteParquetAsync("in.parquet", [new Row("1", "before"), new Row("2", new string('x', 2000)), new Row("3", "behind")]);

        var report = _sample.Import(path, new ImportOptions { LargestDocument = 1000 });

        Assert.Equal(["before", "behind"], _sample.Documents().Select(d => d.Text));
        Assert.Equal("in.parquet row 2", Assert.Single(report.Skipped).Examples[0]);
    }

    [Fact]
    public async Task Import_WithoutATextColumn_NamesTheColumnsThatThereAre()
    {
        var path = await _sample.WriteParquetAsync("in.parquet", [new { number = 1, words = "w" }]);

        var error = Assert.Throws<BadInputException>(() => _sample.Import(path));

        Assert.Contains(
            "Parquet file without a column 'text', such as in.parquet: its columns: number (int32), words (utf8)", error.Message, StringComparison.Ordinal);
        Assert.False(_sample.HasCorpus);
    }

    [Fact]
    public async Task Import_FilesOfMixedTypes_SkipsTheOneWithoutTextsAndNotesTheOther()
    {
        await _sample.WriteParquetAsync("in/1.parquet", [new { text = "one", n = 1 }]);
        await _sample.WriteParquetAsync("in/2.parquet", [new { text = 7, n = 2 }]);
        await _sample.WriteParquetAsync("in/3.parquet", [new { text = "three", n = "III" }]);

        var report = _sample.Import(_sample["in"]);

        Assert.Equal(["one", "three"], _sample.Documents().Select(d => d.Text));
        Assert.Equal(["1", "III"], _sample.Documents().Select(d => d.Meta!["n"]!.ToString()));
        Assert.Equal("Parquet file whose 'text' is of type int32", Assert.Single(report.Skipped).Reason);
        Assert.Contains("'n' is of type int32 in 1.parquet and of type utf8 in 3.parquet.", report.Notes);
    }

    /// <summary>Half a file is no file: its footer, which says where everything is, stands at its end.</summary>
    [Theory]
    [InlineData(.1)]
    [InlineData(.5)]
    [InlineData(.99)]
    public async Task Import_TruncatedFile_IsNamedAndNothingIsKept(double share)
    {
        var bytes = await File.ReadAllBytesAsync(await _sample.WriteParquetAsync("whole.parquet", Rows(100)), TestContext.Current.CancellationToken);

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample.Write("in.parquet", bytes[..(int)(bytes.Length * share)])));

        Assert.Contains("file that isn't Parquet, or is damaged, such as in.parquet: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
        Assert.False(_sample.HasCorpus);
    }

    /// <summary>A damaged page behind good rows stops the import: how many rows it held can't be told.</summary>
    [Fact]
    public async Task Import_DamagedPage_StopsWithThePlace()
    {
        var path = await _sample.WriteParquetAsync("in.parquet", Rows(2000), rowsOfAGroup: 500, Parquet.CompressionMethod.Zstd);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes.AsSpan(bytes.Length * 6 / 10, 2000).Fill(0xEE);

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample.Write("in.parquet", bytes)));

        Assert.Contains("is damaged behind record ", error.Message, StringComparison.Ordinal);
        Assert.False(_sample.HasCorpus);
    }

    /// <summary>Whatever bytes are changed, the import ends with a corpus or with an error for the user, and never otherwise.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Import_FlippedBytes_AreReadOrRefusedAsBadInput(int seed)
    {
        var original = await File.ReadAllBytesAsync(await _sample.WriteParquetAsync("whole.parquet", Rows(40)), TestContext.Current.CancellationToken);
        var random = new Random(seed);
        for (var round = 0; round < 150; round++)
        {
            var bytes = original.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                // Every other one hits the footer, where a byte means most.
                var place = random.Next(2) == 0 ? random.Next(bytes.Length) : bytes.Length - 1 - random.Next(Math.Min(400, bytes.Length));
                bytes[place] = (byte)random.Next(256);
            }

            try
            {
                var report = _sample.Import(_sample.Write("in.parquet", bytes), new ImportOptions { Replace = true });
                Assert.Equal(report.Read, report.Documents + report.EqualText + report.EqualId + report.TotalSkipped);
            }
            catch (BadInputException)
            {
                // Said with path and reason.
            }
        }
    }

    [Fact]
    public void Import_PageWithAChecksumThatDoesNotFit_IsRefused()
    {
        WriteTexts("in.parquet", ["a text of some letters"], change: properties => properties.EnablePageChecksum());

        var bytes = File.ReadAllBytes(_sample["in.parquet"]);
        bytes[bytes.AsSpan().IndexOf("letters"u8)] = (byte)'b';

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample.Write("in.parquet", bytes)));
        Assert.Contains("could not verify page integrity, CRC checksum verification failed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_EncryptedFile_IsNamed()
    {
        using var encryption = new FileEncryptionPropertiesBuilder(new byte[16]).Build();
        WriteTexts("in.parquet", ["secret"], change: properties => properties.Encryption(encryption));

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample["in.parquet"]));

        Assert.Contains("encrypted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_UnsupportedCodec_IsNamed()
    {
        // Every column chunk's codec, a small number in the footer, becomes LZO, which nothing reads any more: codec 3 in zigzag is 6.
        WriteTexts("in.parquet", ["text"], change: properties => properties.Compression(Compression.Brotli));

        var bytes = File.ReadAllBytes(_sample["in.parquet"]);
        var path = bytes.AsSpan().LastIndexOf("\u0018\u0004text\u0015"u8); // the list path_in_schema, then the field codec
        Assert.Equal(8, bytes[path + 7]); // Brotli is 4
        bytes[path + 7] = 6;

        var error = Assert.Throws<BadInputException>(() => _sample.Import(_sample.Write("in.parquet", bytes)));

        Assert.Contains("LZO", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static List<Row> Rows(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Row($"d{i}", $"{i}: " + string.Join(' ', Enumerable.Range(i, 40 + (i % 7)).Select(word => word * 7919 % 1000))))];

    /// <summary>Writes a column of texts, uncompressed.</summary>
    /// <param name="name">The file.</param>
    /// <param name="texts">The rows.</param>
    /// <param name="type">What the file says of the column in Arrow's words (<c>ARROW:schema</c>).</param>
    /// <param name="change">Changes how it is written.</param>
    private void WriteTexts(string name, string?[] texts, IArrowType? type = null, Func<WriterPropertiesBuilder, WriterPropertiesBuilder>? change = null)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Uncompressed).DisableDictionary();
        change?.Invoke(builder);
        using var properties = builder.Build();
        Dictionary<string, string> said = type is null ? [] : new() { ["ARROW:schema"] = SchemaMessage(new Field("text", type, true)) };
        using var file = new ParquetFileWriter(_sample[name], [new Column<string>("text")], properties, said);
        using (var group = file.AppendRowGroup())
        using (var column = group.NextColumn().LogicalWriter<string?>())
        {
            column.WriteBatch(texts);
        }

        file.Close();
    }

    private static string SchemaMessage(Field field)
    {
        using var stream = new MemoryStream();
        using var writer = new ArrowStreamWriter(stream, new Apache.Arrow.Schema([field], null), leaveOpen: true);
        writer.WriteStart();
        return Convert.ToBase64String(stream.ToArray());
    }

    private static string Ordered(JsonObject meta) => meta.ToJsonString(JsonDefaults.Options);

    private sealed record Row(string id, string text);

    private sealed class RichRow
    {
        public string Id { get; set; } = "a";

        public string Text { get; set; } = "Käse 😀";

        public int? Count { get; set; } = 5;

        public long Big { get; set; } = 9_007_199_254_740_993; // more digits than a double holds

        public double Share { get; set; } = .25;

        public bool Flag { get; set; } = true;

        public decimal Price { get; set; } = 12.34m;

        public List<int> Parts { get; set; } = [1, 2];

        public InnerRow? Inner { get; set; } = new();

        public byte[] Bytes { get; set; } = [0, 255];

        public DateTime Day { get; set; } = new(2026, 11, 30, 1, 2, 3, 4, DateTimeKind.Unspecified);
    }

    private sealed class InnerRow
    {
        public string Name { get; set; } = "n";

        public List<string?> Levels { get; set; } = ["x", null];
    }

    private sealed class ChatRow
    {
        public string id { get; set; } = "c1";

        public List<ChatTurn> messages { get; set; } = [new() { role = "user", content = "Hi" }, new() { role = "assistant", content = "Hello" }];
    }

    private sealed class ChatTurn
    {
        public string role { get; set; } = "";

        public string content { get; set; } = "";
    }
}
