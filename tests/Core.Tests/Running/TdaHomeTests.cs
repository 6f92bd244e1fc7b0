namespace Tda.Core.Tests.Running;

public class TdaHomeTests
{
    [Fact]
    public void Directories_AreBelowTheRoot()
    {
        var home = new TdaHome("/data/tda");
        Assert.Equal("/data/tda/tda.db", home.DatabasePath);
        Assert.Equal("/data/tda/spool", home.SpoolDirectory);
        Assert.Equal("/data/tda/corpora/c-1", home.CorpusDirectory("c-1"));
        Assert.Equal("/data/tda/surrogates/S_2", home.SurrogateDirectory("S_2"));
        Assert.Equal("/data/tda/indexes/i.3", home.IndexDirectory("i.3"));
        Assert.Equal("/data/tda/runs/2026", home.RunDirectory("2026"));
        Assert.Equal("/data/tda/labs/base", home.LabDirectory("base"));
        Assert.Equal("/data/tda/measures/m", home.MeasureDirectory("m"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("../c")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("naïve")]
    [InlineData("c.part")]
    [InlineData("c.old")]
    [InlineData("c.removed")]
    [InlineData("a\0")]
    public void CorpusDirectory_NameThatLeadsElsewhere_IsWrongUsage(string name) =>
        Assert.Equal(2, Assert.Throws<UsageException>(() => new TdaHome("/h").CorpusDirectory(name)).ExitCode);

    [Fact]
    public void Resolve_Option_ComesFirst() =>
        Assert.Equal(Path.GetFullPath("elsewhere"), TdaHome.Resolve("elsewhere").Root);
}
