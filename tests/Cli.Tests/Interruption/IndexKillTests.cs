using System.Text.Json.Nodes;
using Tda.Scoring.Index;
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
        for (var shards = 1; shards <= 31; shards += 15)
        {
            await KillAsync(() => Count("killed.part", "shard-*.npy") >= shards, [.. make.Split(' '), "killed"]);
        }

        var made = await _tda.JsonAsync([.. make.Split(' '), "killed"]);
        Assert.True((bool)made["resumed"]!);
        Same("whole", "killed");

        // 2. Compacted, killed before, during or after the exchange of directories: whatever is there verifies.
        foreach (var shards in (int[])[1, 4])
        {
            await KillAsync(() => Count("killed.part", "shard-*.npy") >= shards, "index", "compact", "--name", "killed", "--shard-rows", "3");
            Assert.Empty((await _tda.JsonAsync("index", "verify", "--name", "killed"))["faults"]!.AsArray());
        }
        await _tda.JsonAsync("index", "compact", "--name", "killed", "--shard-rows", "3");
        await _tda.JsonAsync("index", "compact", "--name", "whole", "--shard-rows", "3");
        Same("whole", "killed");
    }

    [Fact]
    public async Task DeleteAndCompact_KilledAtRandomMoments_LoseNothingAndAreNeverHalfDone()
    {
        SampleDocuments.Write(_tda.Folder["docs.jsonl"], documents: 60, words: 12);
        await _tda.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        await _tda.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 16 --layers 1 --heads 1 --vocabulary 270 --epochs 1".Split(' ')]);
        await _tda.JsonAsync([.. "index --surrogate small --corpus web --method logra --rank 4 --storage float16 --shard-documents 2 --name i".Split(' ')]);
        await _tda.JsonAsync([.. "index --surrogate small --corpus web --method logra --rank 4 --storage float16 --shard-documents 2 --name quiet".Split(' ')]);
        string[] ids = [.. Corpus.Open(_tda.InHome("corpora", "web")).Documents().Select(d => d.Id)];
        var random = new Random(12);
        var (deleted, rounds) = (0, 0);

        // 1. Twice a part of the documents is deleted and the rest compacted; each command is killed at moments after it has begun to write.
        foreach (var gone in (string[][])[[.. ids[3..9]], [ids[0], ids[59], .. ids[20..31]]])
        {
            _tda.Folder.Write("gone.txt", string.Join('\n', gone));
            while (deleted == Deleted() && ++rounds < 30)
            {
                await KillAsync(() => Begun("i"), random.Next(0, 40), "index", "delete", "--name", "i", "--ids-file", "gone.txt");
                Assert.Contains(Deleted(), (int[])[deleted, deleted + gone.Length]);
                Whole(ids);
                if (rounds % 3 == 0)
                {
                    await _tda.RunAsync("index", "delete", "--name", "i", "--ids-file", "gone.txt");
                }
            }
            Assert.Equal(deleted += gone.Length, Deleted());
            for (var kill = 0; kill < 3; kill++)
            {
                await KillAsync(() => Begun("i"), random.Next(0, 40), "index", "compact", "--name", "i", "--shard-rows", "5");
                Whole(ids);
            }
            await _tda.JsonAsync("index", "compact", "--name", "i", "--shard-rows", "5");
            Whole(ids);
            await _tda.JsonAsync("index", "delete", "--name", "quiet", "--ids-file", "gone.txt");
            await _tda.JsonAsync("index", "compact", "--name", "quiet", "--shard-rows", "5");
        }

        // 2. What is left is what an index has that nobody killed; only the ledger of deletions tells times.
        Same("quiet", "i", except: "deleted.jsonl");
    }

    private int Deleted() => IndexDirectory.Open(_tda.InHome("indexes", "i")).Deleted().Count;

    // Every document has its rows, or is named as deleted or excluded; every file and row has its hash and checksum.
    private void Whole(string[] ids)
    {
        Assert.Empty(IndexVerifier.Run(new TdaHome(_tda.Home), "i", NullProgress.Instance).Faults);
        var index = IndexDirectory.Open(_tda.InHome("indexes", "i"));
        string[] gone = [.. index.Deleted().Select(d => d.Id)];
        Assert.Equal(index.Info.Deleted, gone.Length);
        string[] lines = [.. Directory.GetFiles(index.Directory, "rows-*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Select(l => (string)JsonNode.Parse(l)!["id"]!)];
        Assert.Equal(ids.Except(gone), lines.Distinct().Except(gone));
        Assert.Empty(File.ReadLines(Path.Combine(index.Directory, "excluded.jsonl")));
    }

    private bool Begun(string index) => Directory.Exists(_tda.InHome("indexes", index + ".part"));

    private async Task KillAsync(Func<bool> moment, int milliseconds, params string[] command)
    {
        await using var child = _tda.Start(command);
        while (!moment() && !child.HasExited)
        {
            await Task.Delay(1);
        }

        await Task.Delay(milliseconds);
        if (!child.HasExited)
        {
            child.Kill();
        }

        await child.ExitAsync(Patience);
    }

    private async Task KillAsync(Func<bool> moment, params string[] command)
    {
        await using var child = _tda.Start(command);
        await Eventually.TrueAsync(() => moment() || child.HasExited, Patience);
        if (!child.HasExited)
        {
            child.Kill();
        }

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

    private void Same(string one, string other, string except = "")
    {
        string[] files = [.. Directory.GetFiles(_tda.InHome("indexes", one)).Select(f => Path.GetFileName(f)!).Where(f => f != "manifest.json").Order()];
        Assert.Equal(files, Directory.GetFiles(_tda.InHome("indexes", other)).Select(f => Path.GetFileName(f)!).Where(f => f != "manifest.json").Order());
        foreach (var file in files.Where(f => f != except))
        {
            Assert.Equal(File.ReadAllBytes(_tda.InHome("indexes", one, file)), File.ReadAllBytes(_tda.InHome("indexes", other, file)));
        }
    }
}
