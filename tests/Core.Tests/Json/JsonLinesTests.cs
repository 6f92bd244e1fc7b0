using System.IO.Compression;
using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.Json;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private sealed record Item(string Name, int Size)
    {
        public string? OptionalNote { get; init; }
    }

    public void Dispose() => _temp.Dispose();

    /// <summary>Bug: Dispose left the compressor open, with its native memory, and a line written later vanished without a word.</summary>
    [Fact]
    public void Dispose_WithoutCommit_ClosesTheCompressor()
    {
        var writer = JsonLines.Writer(_temp["items.jsonl.gz"]);
        writer.Write(new Item("a", 1));
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Write(new Item("b", 2)));
        Assert.False(File.Exists(_temp["items.jsonl.gz"]));
    }

    [Theory]
    [InlineData("items.jsonl")]
    [InlineData("items.jsonl.gz")]
    public void Write_ThenRead_GivesTheSameValues(string name)
    {
        var path = _temp[name];
        Property.Holds(ArbMap.Default.GeneratorFor<(FsCheck.NonNull<string> Name, int Size)[]>(), items =>
        {
            // A lone surrogate has no UTF-8 form; JSON writers replace it.
            Item[] values = [.. items.Select(i => new Item(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(i.Name.Get)), i.Size))];
            JsonLines.Write(path, values);
            Assert.Equal(values, JsonLines.Read<Item>(path));
        }, cases: 50);
    }

    [Fact]
    public void Write_Names_AreSnakeCaseAndTextStaysReadable()
    {
        var path = _temp["items.jsonl"];
        JsonLines.Write(path, [new Item("é <b> 日本", 1) { OptionalNote = "n" }, new Item("x", 2)]);
        Assert.Equal("{\"name\":\"é <b> 日本\",\"size\":1,\"optional_note\":\"n\"}\n{\"name\":\"x\",\"size\":2}\n", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("{\"name\":\"a\",\"size\":1}\n\n{\"name\":\"b\"}\n", 3, 23)]
    [InlineData("{\"name\":\"a\",\"size\":1}\n{\"name\":", 2, 22)]
    [InlineData("{\"name\":\"a\",\"size\":1}\r\nnull\r\n", 2, 23)]
    [InlineData("{\"name\":null,\"size\":1}\n", 1, 0)]
    [InlineData("{\"name\":\"a\",\"size\":\"big\"}\n", 1, 0)]
    [InlineData("[1,2]\n", 1, 0)]
    public void Read_LineThatIsNoValue_NamesLineAndOffset(string content, int line, long lineOffset)
    {
        var path = _temp.Write("items.jsonl", content);
        var error = Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(path).ToList());
        Assert.Equal(path, error.Path);
        Assert.Contains($"line {line}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Tda.", error.Message, StringComparison.Ordinal); // a user doesn't know our types
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Offset!.Value, lineOffset, content.Length);
        Assert.Equal(3, error.ExitCode);
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8_IsBadInput()
    {
        var path = _temp.Write("items.jsonl", [.. "{\"name\":\""u8, 0xff, 0xfe, .. "\",\"size\":1}\n"u8]);
        var error = Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(path).ToList());
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LoneSurrogateEscape_IsBadInput()
    {
        var path = _temp.Write("items.jsonl", """{"name":"\ud800","size":1}""");
        Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(path).ToList());
    }

    [Fact]
    public void Read_ByteOrderMarkAndNoFinalLineBreak_IsRead()
    {
        var path = _temp.Write("items.jsonl", "\uFEFF{\"name\":\"a\",\"size\":1}\n{\"name\":\"b\",\"size\":2}");
        Assert.Equal(["a", "b"], JsonLines.Read<Item>(path).Select(i => i.Name));
    }

    [Fact]
    public void Read_LineLongerThanTheBuffer_IsRead()
    {
        var path = _temp["long.jsonl"];
        var item = new Item(new string('x', 1_000_000), 1);
        JsonLines.Write(path, [item, item]);
        Assert.Equal([item, item], JsonLines.Read<Item>(path));
        Assert.Equal([0L, 1_000_021L], JsonLines.ReadLines<Item>(path).Select(line => line.Offset));
    }

    [Fact]
    public void Read_MissingFile_IsBadInput() =>
        Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(_temp["none.jsonl"]).ToList());

    [Fact]
    public void Read_GzipTruncatedAnywhere_IsBadInput()
    {
        var whole = Gzip(string.Concat(Enumerable.Range(0, 60).Select(i => $"{{\"name\":\"item {i * 7919 % 613}\",\"size\":{i}}}\n")));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = _temp.Write("cut.jsonl.gz", whole[..length]);
            var error = Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(path).ToList());
            Assert.Equal(path, error.Path);
        }

        Assert.Equal(60, JsonLines.Read<Item>(_temp.Write("whole.jsonl.gz", whole)).Count());
    }

    [Fact]
    public void Read_GzipOfStoredBlocksTruncatedAnywhere_IsBadInput()
    {
        // Stored blocks copy their input, so what the reader appends to find truncations must not look right when copied.
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"name\":\"a\",\"size\":1}\n", 20))));
        }

        var whole = buffer.ToArray();
        for (var length = 2; length < whole.Length; length++)
        {
            Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(_temp.Write("cut.jsonl.gz", whole[..length])).ToList());
        }
    }

    [Fact]
    public void Read_ConcatenatedGzip_ReadsAllMembers()
    {
        byte[] two = [.. Gzip("{\"name\":\"a\",\"size\":1}\n"), .. Gzip("{\"name\":\"b\",\"size\":2}\n")];
        Assert.Equal(["a", "b"], JsonLines.Read<Item>(_temp.Write("two.jsonl.gz", two)).Select(i => i.Name));
    }

    [Fact]
    public void Read_GzipWithAnyBitFlipped_IsBadInputOrTheSameValues()
    {
        var whole = Gzip("{\"name\":\"abc\",\"size\":1}\n{\"name\":\"def\",\"size\":2}\n");
        for (var at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            var path = _temp.Write("damaged.jsonl.gz", damaged);
            try
            {
                // Time, operating system and flags of the gzip header may change without harm.
                Assert.Equal(["abc", "def"], JsonLines.Read<Item>(path).Select(i => i.Name).ToList());
            }
            catch (BadInputException error)
            {
                Assert.Equal(path, error.Path);
            }
        }
    }

    [Fact]
    public void Read_ZstdTruncatedAnywhere_IsBadInput()
    {
        Item[] items = [.. Enumerable.Range(0, 60).Select(i => new Item($"item {i * 7919 % 613}", i))];
        JsonLines.Write(_temp["whole.jsonl.zst"], items);
        var whole = File.ReadAllBytes(_temp["whole.jsonl.zst"]);
        for (var length = 0; length < whole.Length; length++)
        {
            var path = _temp.Write("cut.jsonl.zst", whole[..length]);
            var error = Assert.Throws<BadInputException>(() => JsonLines.Read<Item>(path).ToList());
            Assert.Equal(path, error.Path);
        }

        Assert.Equal(items, JsonLines.Read<Item>(_temp["whole.jsonl.zst"]));
    }

    [Fact]
    public void Read_ZstdWithAnyByteChanged_IsBadInputOrTheSameValues()
    {
        Item[] items = [new("abc", 1), new("def", 2)];
        JsonLines.Write(_temp["whole.jsonl.zst"], items);
        var whole = File.ReadAllBytes(_temp["whole.jsonl.zst"]);
        for (var at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            var path = _temp.Write("damaged.jsonl.zst", damaged);
            try
            {
                Assert.Equal(items, JsonLines.Read<Item>(path).ToList());
            }
            catch (BadInputException error)
            {
                Assert.Equal(path, error.Path);
            }
        }
    }

    [Fact]
    public void Read_ZstdFramesAndSkippableFrames_ReadsAllFrames()
    {
        JsonLines.Write(_temp["one.jsonl.zst"], [new Item("a", 1)]);
        JsonLines.Write(_temp["two.jsonl.zst"], [new Item("b", 2)]);
        byte[] skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] all = [.. skippable, .. File.ReadAllBytes(_temp["one.jsonl.zst"]), .. skippable, .. File.ReadAllBytes(_temp["two.jsonl.zst"])];

        Assert.Equal(["a", "b"], JsonLines.Read<Item>(_temp.Write("all.jsonl.zst", all)).Select(i => i.Name));
    }

    [Fact]
    public void Write_FullDisk_LeavesThePreviousFileAndSaysSo()
    {
        var path = _temp["items.jsonl"];
        JsonLines.Write(path, [new Item("kept", 1)]);
        FullDisk.At(path);
        var error = Assert.Throws<TdaException>(() => JsonLines.Write(path, Enumerable.Repeat(new Item("lost", 2), 100_000)));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("intact", error.Message, StringComparison.Ordinal);
        Assert.Equal(["kept"], JsonLines.Read<Item>(path).Select(i => i.Name));
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public void Writer_DisposedWithoutCommit_LeavesThePreviousFile()
    {
        var path = _temp["items.jsonl"];
        JsonLines.Write(path, [new Item("kept", 1)]);
        using (var writer = JsonLines.Writer(path))
        {
            writer.Write(new Item("half", 2));
        }

        Assert.Equal(["kept"], JsonLines.Read<Item>(path).Select(i => i.Name));
    }

    private static byte[] Gzip(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return buffer.ToArray();
    }
}
