using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>A disk that is full: exit code 1, the file named, and what was stored intact.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Export_DiskFull_Is1AndKeepsTheOldFile()
    {
        await RecordAsync();
        var log = _tda.Folder.Write("log.jsonl", "old\n");
        FullDisk.At(log);

        var result = await _tda.FailsAsync(1, "exchanges", "export", "--out", log);

        Assert.Contains(log, result.Error, StringComparison.Ordinal);
        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
        Assert.Equal("old\n", await File.ReadAllTextAsync(log));
    }

    [Fact]
    public async Task Import_DiskFull_Is1AndTheOldCorpusStays()
    {
        await using var disk = await SmallDisk.MountAsync(_tda.Folder["disk"], kilobytes: 256);
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 9);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web", "--home", disk.Path);
        RandomTexts(_tda.Folder["large.jsonl"], kilobytes: 1024);

        var result = await _tda.FailsAsync(1, "corpus", "import", "large.jsonl", "--name", "web", "--replace", "--home", disk.Path);

        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
        Assert.Contains(disk.Path, result.Error, StringComparison.Ordinal);
        Assert.Equal(9, (int)(await _tda.JsonAsync("corpus", "show", "web", "--home", disk.Path))["documents"]!);
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("parquet")]
    [InlineData("hf")]
    public async Task CorpusExport_DiskFull_Is1AndLeavesNothing(string format)
    {
        await using var disk = await SmallDisk.MountAsync(_tda.Folder["disk"], kilobytes: 256);
        RandomTexts(_tda.Folder["large.jsonl"], kilobytes: 1024);
        await _tda.JsonAsync("corpus", "import", "large.jsonl", "--name", "web");

        var result = await _tda.FailsAsync(1, "corpus", "export", "web", "--as", format, "--out", Path.Combine(disk.Path, "out"));

        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
        Assert.Contains(disk.Path, result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    /// <summary>Leaves one exchange in the log: an attempt, since nobody listens at the upstream.</summary>
    private async Task RecordAsync()
    {
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--upstream", "http://127.0.0.1:1");
        await using (gateway)
        {
            using var client = new HttpClient();
            using var answer = await client.PostAsync(new Uri(url, "v1/completions"), new StringContent("""{"model":"m","prompt":"hello"}"""));
            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(TimeSpan.FromMinutes(1))).ExitCode);
        }
    }

    /// <summary>Text that gzip can't shrink below the disk's size.</summary>
    private static void RandomTexts(string path, int kilobytes)
    {
        var random = new Random(5);
        var bytes = new byte[768];
        File.WriteAllLines(path, Enumerable.Range(0, kilobytes).Select(_ =>
        {
            random.NextBytes(bytes);
            return $$"""{"source":"noise","text":"{{Convert.ToBase64String(bytes)}}"}""";
        }));
    }
}
