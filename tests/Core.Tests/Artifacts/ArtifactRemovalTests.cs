using Tda.TestKit;

namespace Tda.Core.Tests.Artifacts;

public sealed class ArtifactRemovalTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TdaHome _home;

    public ArtifactRemovalTests() => _home = new TdaHome(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Remove_Artifact_LeavesNothing()
    {
        Make("web");
        Directory.CreateDirectory(_home.CorpusDirectory("web") + ".removed"); // an earlier removal was killed

        ArtifactRemoval.Remove(_home.CorpusDirectory("web"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.CorporaDirectory));
    }

    [Fact]
    public void Remove_WhileAnotherMakesItAnew_IsRefused()
    {
        Make("web");
        using var work = ArtifactDirectory.Create(_home.CorpusDirectory("web"), "tda.test", 1, _time, replace: true);

        Assert.Throws<TdaException>(() => ArtifactRemoval.Remove(_home.CorpusDirectory("web")));
        Assert.True(File.Exists(Path.Combine(_home.CorpusDirectory("web"), "data")));
    }

    /// <summary>A removal that was killed leaves a folder that nobody lists or opens, and whose name nobody can take.</summary>
    [Fact]
    public void Read_HalfRemoved_IsNotThere()
    {
        Make("web");
        Directory.Move(_home.CorpusDirectory("web"), _home.CorpusDirectory("web") + ".removed");

        Assert.Empty(ArtifactCatalogue.Read(_home).Artifacts);
        Assert.Empty(ArtifactDirectory.List(_home.CorporaDirectory));
        Assert.Throws<BadInputException>(() => ArtifactDirectory.Open(_home.CorpusDirectory("web"), "tda.test", 1));
        Assert.Throws<UsageException>(() => _home.CorpusDirectory("web.removed"));
    }

    [Fact]
    public void Find_EverythingThatMayBeLeftOver_IsFoundAndCanBeRemoved()
    {
        Make("web");
        Make("old-one");
        Directory.Move(_home.CorpusDirectory("old-one"), _home.CorpusDirectory("web") + ".old");
        ArtifactDirectory.Create(_home.RunDirectory("stopped"), "tda.test", 1, _time).Dispose();
        Directory.CreateDirectory(_home.LabDirectory("l") + ".removed");
        _temp.Write("runs/.r.0.scores", "spilled");
        _temp.Write("corpora/web/tokens.bin.part", "half");
        _time.Advance(TimeSpan.FromHours(2));

        var found = LeftOver.Find(_home, _time);

        Assert.Equal(
            ["corpora/web.old", "corpora/web/tokens.bin.part", "labs/l.removed", "runs/.r.0.scores", "runs/stopped.part"],
            found.Select(left => Path.GetRelativePath(_home.Root, left.Path)));
        foreach (var left in found)
        {
            left.Remove();
        }

        Assert.Empty(LeftOver.Find(_home, _time));
        Assert.True(File.Exists(Path.Combine(_home.CorpusDirectory("web"), "data")));
    }

    [Fact]
    public void Find_WhatIsAtWorkOrMayBe_IsNotLeftOver()
    {
        using var work = ArtifactDirectory.Create(_home.RunDirectory("running"), "tda.test", 1, _time);
        _temp.Write("runs/r/report.html.part", "being written");
        Directory.CreateDirectory(_home.LabDirectory("only") + ".old"); // put back when it is next opened
        _temp.Write("spool/0/0000000000.wal.part", "never looked at");
        _temp.Write("tda.db", "never looked at");

        Assert.Empty(LeftOver.Find(_home, _time));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(["runs/r/report.html.part"], LeftOver.Find(_home, _time).Select(left => Path.GetRelativePath(_home.Root, left.Path)));
    }

    [Fact]
    public void Remove_LeftOverThatWasTakenUpMeanwhile_IsRefused()
    {
        ArtifactDirectory.Create(_home.RunDirectory("r"), "tda.test", 1, _time).Dispose();
        var left = Assert.Single(LeftOver.Find(_home, _time));
        using var work = ArtifactDirectory.Resume(_home.RunDirectory("r"), "tda.test", 1, _time);

        Assert.Throws<TdaException>(left.Remove);
        Assert.True(Directory.Exists(work.WorkDirectory));
    }

    private void Make(string name)
    {
        using var directory = ArtifactDirectory.Create(_home.CorpusDirectory(name), "tda.test", 1, _time);
        File.WriteAllText(directory.PathOf("data"), name);
        directory.Commit();
    }
}
