using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Cli.Tests.Interruption;

/// <summary>kill -9 of a real process at moments that vary: the index is whole, old or new, and the same command goes on.</summary>
public sealed class IndexKillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Index_KilledAgainAndAgain_EndsAsIfItHadNot()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 60, words: 12);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        await _tda.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 16 --layers 1 --heads 1 --vocabulary 270 --epochs 1".Split(' ')]);
        const string make = "index --surrogate small --corpus web --method logra --rank 4 --storage int8 --shard-documents 1 --name";
        await _tda.JsonAsync([.. make.Split(' '), "whole"]);

        // 1. Made, killed after some shards each time.
        for (int shards = 1; shards <= 31; shards += 15)
            await KillAsync(() => Count("killed.part", "shard-*.npy") >= shards, [.. make.Split(' '), "killed"]);
        JsonNode made = await _tda.JsonAsync([.. make.Split(' '), "killed"]);
        Assert.True((bool)made["resumed"]!);
        Same("whole", "killed");

        // 2. Compacted, killed before, during or after the exchange of directories: whatever is there verifies.
        foreach (int shards in (int[])[1, 4])
        {
            await KillAsync(() => Count("killed.part", "shard-*.npy") >= shards, "index", "compact", "--name", "killed", "--shard-rows", "3");
            Assert.Empty((await _tda.JsonAsync("index", "verify", "--name", "killed"))["faults"]!.AsArray());
        }
        await _tda.JsonAsync("index", "compact", "--name", "killed", "--shard-rows", "3");
        await _tda.JsonAsync("index", "compact", "--name", "whole", "--shard-rows", "3");
        Same("whole", "killed");
    }

    private async Task KillAsync(Func<bool> moment, params string[] command)
    {
        await using ChildProcess child = _tda.Start(command);
        await Eventually.TrueAsync(() => moment() || child.HasExited, Patience);
        if (!child.HasExited)
            child.Kill();
        await child.ExitAsync(Patience);
    }

    private int Count(string index, string pattern)
    {
        try
        {
            return Directory.GetFiles(_tda.InHome("indexes", index), pattern).Length;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private void Same(string one, string other)
    {
        string[] files = [.. Directory.GetFiles(_tda.InHome("indexes", one)).Select(f => Path.GetFileName(f)!).Where(f => f != "manifest.json").Order()];
        Assert.Equal(files, Directory.GetFiles(_tda.InHome("indexes", other)).Select(f => Path.GetFileName(f)!).Where(f => f != "manifest.json").Order());
        foreach (string file in files)
            Assert.Equal(File.ReadAllBytes(_tda.InHome("indexes", one, file)), File.ReadAllBytes(_tda.InHome("indexes", other, file)));
    }
}
