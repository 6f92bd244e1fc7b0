using Tda.Bench.Peers;
using Tda.TestKit;

namespace Tda.Evaluation.Tests.Peers;

public sealed class PeerCheckoutsTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void In_AllThere_NamesTheirFolders()
    {
        string[] names = ["kronfluence", "logix", "dattri"];
        Make(names);
        var found = PeerCheckouts.In(_folder.Path, []);
        Assert.Equal(names, found.Chosen);
        Assert.All(names, name => Assert.Equal(Path.Combine(_folder.Path, name), found[name]));
    }

    [Fact]
    public void In_SomeMissing_NamesEachWithItsRepositoryAndWhatToDo()
    {
        Make("logix");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "dattri", "docs")); // a folder of its name, but no checkout
        var error = Assert.Throws<UsageException>(() => PeerCheckouts.In(_folder.Path, []));
        Assert.All(
            ["no checkout of kronfluence, dattri", "github.com/pomonam/kronfluence to", "github.com/TRAIS-Lab/dattri to", "--peers"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("logix-project", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_ChosenOnes_DontNeedTheOthers()
    {
        Make("logix");
        var found = PeerCheckouts.In(_folder.Path, ["logix"]);
        Assert.Equal(["logix"], found.Chosen);
        Assert.Null(found["kronfluence"]);
    }

    [Fact]
    public void In_NoFolder_SaysWhatItHolds()
    {
        var error = Assert.Throws<UsageException>(() => PeerCheckouts.In(null, []));
        Assert.Contains("--checkouts DIR is required: a folder with checkouts of pomonam/kronfluence, logix-project/logix, TRAIS-Lab/dattri", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_UnknownLibrary_NamesTheKnown()
    {
        var error = Assert.Throws<UsageException>(() => PeerCheckouts.In(_folder.Path, ["captum"]));
        Assert.Contains("captum: the libraries are kronfluence, logix, dattri", error.Message, StringComparison.Ordinal);
    }

    private void Make(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, name, name));
        }
    }
}
