using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>A full disk while a curation writes: nothing stored is lost, and the next run goes on after the stages that are done.</summary>
public sealed class CurateInterruptTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Curate_DiskFull_Is1AndTheNextRunGoesOn()
    {
        await using var disk = await SmallDisk.MountAsync(_tda.Folder["disk"], kilobytes: 512);
        WriteNoise(_tda.Folder["docs.jsonl"], kilobytes: 200);
        _tda.Folder.Write("curation.yaml", "stages:\n  - length: { min_words: 2 }\n");
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web", "--home", disk.Path);
        var filler = Path.Combine(disk.Path, "filler");
        await File.WriteAllBytesAsync(filler, new byte[180 << 10], TestContext.Current.CancellationToken);
        string[] command = ["curate", "--corpus", "web", "--plan", "curation.yaml", "--name", "web2", "--home", disk.Path];

        var full = await _tda.FailsAsync(1, command);
        Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(disk.Path, "corpora", "web2")));

        File.Delete(filler);
        var again = await _tda.RunAsync(command);
        Assert.True(again.ExitCode == 0, $"{again}");
        Assert.Contains("kept from before", again.Error, StringComparison.Ordinal);
        Assert.Equal(201, (int)(await _tda.JsonAsync("corpus", "show", "web", "--home", disk.Path))["documents"]!);
        Assert.Equal(200, (int)(await _tda.JsonAsync("corpus", "show", "web2", "--home", disk.Path))["documents"]!);
    }

    /// <summary>Text that gzip can't shrink by much, and one document of one word.</summary>
    private static void WriteNoise(string path, int kilobytes)
    {
        var random = new Random(5);
        var bytes = new byte[768];
        File.WriteAllLines(path, Enumerable.Range(0, kilobytes).Select(_ =>
        {
            random.NextBytes(bytes);
            return JsonSerializer.Serialize(new { source = "noise", text = $"noise {Convert.ToBase64String(bytes)}" });
        }).Append("""{"source":"noise","text":"short"}"""));
    }
}
