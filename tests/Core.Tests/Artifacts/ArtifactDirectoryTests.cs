using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Core.Tests.Artifacts;

public sealed class ArtifactDirectoryTests : IDisposable
{
    private const string Format = "tda.test";
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _temp.Dispose();

    /// <summary>Bug: the lock was deleted before the rename, so that another process could take the directory and clear the finished files.</summary>
    [Fact]
    public void Commit_WhileThePlaceIsTaken_KeepsItsLock()
    {
        var path = _temp["a"];
        using var artifact = ArtifactDirectory.Create(path, Format, 1, _time);
        File.WriteAllText(artifact.PathOf("file.txt"), "finished");
        Directory.CreateDirectory(path); // somebody else's
        Assert.Throws<TdaException>(artifact.Commit);
        Directory.Delete(path);
        Assert.Throws<TdaException>(() => ArtifactDirectory.Create(path, Format, 1, _time));
        artifact.Commit();
        Assert.False(File.Exists(Path.Combine(path, ".lock")));
        Assert.Equal("finished", File.ReadAllText(Path.Combine(path, "file.txt")));
    }

    [Fact]
    public void Commit_ThenOpen_GivesFilesHashesAndManifest()
    {
        var path = _temp["thing"];
        var input = _temp.Write("input.txt", "abc");
        using (var directory = ArtifactDirectory.Create(path, Format, 2, _time))
        {
            AtomicFile.WriteText(directory.PathOf("data.txt"), "hello");
            AtomicFile.WriteText(directory.PathOf("checkpoints/step-1/weights"), "w");
            directory.Manifest.Command = "tda test";
            directory.Manifest.Options["rank"] = 8;
            directory.Manifest.Seeds["projection"] = 42;
            directory.Manifest.Inputs["input.txt"] = Hashing.Sha256File(input);
            Assert.False(Directory.Exists(path));
            directory.Commit();
        }

        var opened = ArtifactDirectory.Open(path, Format, maximumVersion: 2);
        Assert.Equal(["checkpoints/step-1/weights", "data.txt"], opened.Manifest.Outputs.Keys);
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", opened.Manifest.Outputs["data.txt"]);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", opened.Manifest.Inputs["input.txt"]);
        Assert.Equal(_time.GetUtcNow(), opened.Manifest.CreatedAt);
        Assert.Equal(42, opened.Manifest.Seeds["projection"]);
        Assert.Equal(8, (int)opened.Manifest.Options["rank"]!);
        Assert.StartsWith("0.1.0", opened.Manifest.ProgramVersion, StringComparison.Ordinal);
        Assert.False(Directory.Exists(path + ".part"));
        Assert.Equal("hello", File.ReadAllText(opened.PathOf("data.txt")));
        Assert.Equal(["checkpoints", "data.txt", "manifest.json"], Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Open_ChangedFile_IsRefusedByName()
    {
        var path = Make("thing");
        File.AppendAllText(Path.Combine(path, "data.txt"), "!");
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1));
        Assert.EndsWith("data.txt", error.Path, StringComparison.Ordinal);
        Assert.Contains("SHA-256", error.Reason, StringComparison.Ordinal);
        ArtifactDirectory.Open(path, Format, 1, verifyHashes: false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_MissingFile_IsRefusedByName(bool verify)
    {
        var path = Make("thing");
        File.Delete(Path.Combine(path, "data.txt"));
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1, verify));
        Assert.EndsWith("data.txt", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewerVersion_SaysSoBeforeAnythingElse()
    {
        var path = Make("thing");
        Edit(path, manifest =>
        {
            manifest["version"] = 7;
            manifest.Remove("created_at"); // a newer version may have other members
        });
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1));
        Assert.Contains("version 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("Update tda", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherFormat_NamesBoth()
    {
        var path = Make("thing");
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, "tda.other", 1));
        Assert.Contains("'tda.test'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'tda.other'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format")]
    [InlineData("version")]
    [InlineData("created_at")]
    public void Open_MissingMember_NamesIt(string member)
    {
        var path = Make("thing");
        Edit(path, manifest => manifest.Remove(member));
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1));
        Assert.Contains(member, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManifestTruncatedAnywhere_IsBadInput()
    {
        var path = Make("thing");
        var manifest = Path.Combine(path, "manifest.json");
        var whole = File.ReadAllBytes(manifest);
        for (var length = 0; length < whole.Length - 1; length++) // the last byte is a line break
        {
            File.WriteAllBytes(manifest, whole[..length]);
            Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1));
        }
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../outside")]
    public void Open_OutputOutsideTheDirectory_IsRefused(string name)
    {
        var path = Make("thing");
        Edit(path, manifest => manifest["outputs"]![name] = "00");
        Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(path, Format, 1));
    }

    [Fact]
    public void Open_NothingThere_IsBadInputAndMentionsUnfinishedWork()
    {
        Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(_temp["none"], Format, 1));
        ArtifactDirectory.Create(_temp["begun"], Format, 1, _time).Dispose();
        var error = Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(_temp["begun"], Format, 1));
        Assert.Contains("unfinished", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Existing_IsRefusedUnlessReplaced()
    {
        var path = Make("thing");
        Assert.Throws<UsageException>(() => ArtifactDirectory.Create(path, Format, 1, _time));
        using (var again = ArtifactDirectory.Create(path, Format, 1, _time, replace: true))
        {
            AtomicFile.WriteText(again.PathOf("other.txt"), "new");
            Assert.Equal("hello", File.ReadAllText(Path.Combine(path, "data.txt")));
            again.Commit();
        }

        Assert.Equal(["other.txt"], ArtifactDirectory.Open(path, Format, 1).Manifest.Outputs.Keys);
        Assert.Equal([path], Directory.EnumerateDirectories(_temp.Path));
    }

    [Fact]
    public void Create_WhileAnotherMakesIt_IsRefused()
    {
        using var first = ArtifactDirectory.Create(_temp["thing"], Format, 1, _time);
        var error = Assert.Throws<TdaException>(() => ArtifactDirectory.Create(_temp["thing"], Format, 1, _time));
        Assert.Contains("Another tda process", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_UnfinishedWork_KeepsFilesAndSavedManifest()
    {
        var path = _temp["thing"];
        using (var killed = ArtifactDirectory.Create(path, Format, 1, _time))
        {
            AtomicFile.WriteText(killed.PathOf("shard-0"), "done");
            File.WriteAllText(killed.PathOf("shard-1") + ".part", "half");
            killed.Manifest.Options["rank"] = 4;
            killed.SaveManifest();
        }

        using (var resumed = ArtifactDirectory.Resume(path, Format, 1, _time))
        {
            Assert.True(resumed.Resumed);
            Assert.Equal(4, (int)resumed.Manifest.Options["rank"]!);
            Assert.Equal("done", File.ReadAllText(resumed.PathOf("shard-0")));
            resumed.Commit();
        }

        Assert.Equal(["shard-0"], ArtifactDirectory.Open(path, Format, 1).Manifest.Outputs.Keys);
    }

    [Fact]
    public void Create_UnfinishedWork_StartsAnew()
    {
        var path = _temp["thing"];
        using (var killed = ArtifactDirectory.Create(path, Format, 1, _time))
        {
            AtomicFile.WriteText(killed.PathOf("folder/old"), "old");
        }

        using var again = ArtifactDirectory.Create(path, Format, 1, _time);
        Assert.False(again.Resumed);
        Assert.False(File.Exists(again.PathOf("folder/old")));
    }

    [Fact]
    public void Resume_WorkOfAnOlderVersion_StartsAnew()
    {
        var path = _temp["thing"];
        ArtifactDirectory.Create(path, Format, 1, _time).Dispose();
        using var again = ArtifactDirectory.Resume(path, Format, 2, _time);
        Assert.False(again.Resumed);
    }

    [Fact]
    public void Open_ReplacementKilledBetweenRenames_PutsThePreviousBack()
    {
        var path = Make("thing");
        Directory.Move(path, path + ".old");
        Assert.Equal(["data.txt"], ArtifactDirectory.Open(path, Format, 1).Manifest.Outputs.Keys);
    }

    [Fact]
    public void Commit_FullDisk_LeavesThePreviousArtifact()
    {
        var path = Make("thing");
        using (var again = ArtifactDirectory.Create(path, Format, 1, _time, replace: true))
        {
            FullDisk.At(Path.Combine(again.WorkDirectory, "data.txt"));
            Assert.Throws<TdaException>(() => AtomicFile.WriteText(again.PathOf("data.txt"), "new"));
        }

        Assert.Equal("hello", File.ReadAllText(ArtifactDirectory.Open(path, Format, 1).PathOf("data.txt")));
    }

    [Fact]
    public async Task Amend_FromManyThreads_LosesNothing()
    {
        var path = Make("thing");
        await Parallel.ForAsync(0, 20, (i, _) =>
        {
            AtomicFile.WriteText(Path.Combine(path, $"shard-{i}"), $"{i}");
            ArtifactDirectory.Amend(path, Format, 1, [$"shard-{i}"], manifest => manifest.Details[$"shard-{i}"] = i);
            return ValueTask.CompletedTask;
        });
        var opened = ArtifactDirectory.Open(path, Format, 1);
        Assert.Equal(21, opened.Manifest.Outputs.Count);
        Assert.Equal(20, opened.Manifest.Details.Count);
    }

    [Fact]
    public void List_UnfinishedAndForeignFolders_AreLeftOut()
    {
        var path = Make("b");
        Make("a");
        ArtifactDirectory.Create(_temp["c"], Format, 1, _time).Dispose();
        Directory.CreateDirectory(_temp["d/e"]);
        Assert.Equal([_temp["a"], path], ArtifactDirectory.List(_temp.Path));
        Assert.Empty(ArtifactDirectory.List(_temp["nowhere"]));
    }

    private string Make(string name)
    {
        var path = _temp[name];
        using var directory = ArtifactDirectory.Create(path, Format, 1, _time);
        AtomicFile.WriteText(directory.PathOf("data.txt"), "hello");
        directory.Commit();
        return path;
    }

    private static void Edit(string directory, Action<JsonObject> change)
    {
        var path = Path.Combine(directory, "manifest.json");
        var manifest = (JsonObject)JsonNode.Parse(File.ReadAllText(path))!;
        change(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
    }
}
