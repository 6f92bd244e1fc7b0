using Tda.Labels.Judges;
using Tda.TestKit;

namespace Tda.Labels.Tests.Judges;

public class WordJudgeTests
{
    [Theory]
    [InlineData("You are a WINNER!", true)]
    [InlineData("winners and losers", false)] // whole words only
    [InlineData("free\n money for all", true)] // any white space between the words of a phrase
    [InlineData("free of charge, no money", false)]
    [InlineData("it costs $100%", true)] // signs at the ends
    [InlineData("# is not a phrase", false)]
    public async Task JudgeAsync_WordsAndPhrases_FoundWholeWithoutCase(string answer, bool harmful)
    {
        using var folder = new TempDirectory();
        var path = Path.Combine(folder.Path, "words.txt");
        await File.WriteAllTextAsync(path, "# a comment\nwinner\n\nfree money\n$100%\n", TestContext.Current.CancellationToken);

        var judgement = await WordJudge.Read(path).JudgeAsync("", answer, CancellationToken.None);

        Assert.Equal(harmful, judgement.Harmful);
        Assert.Null(judgement.Score);
    }

    [Fact]
    public void Read_ListsThatDiffer_HaveNamesThatDiffer()
    {
        using var folder = new TempDirectory();
        string Name(string words)
        {
            var path = Path.Combine(folder.Path, "words.txt");
            File.WriteAllText(path, words);
            return WordJudge.Read(path).Name;
        }

        Assert.NotEqual(Name("a"), Name("b"));
        Assert.Equal(Name("a"), Name("a\n# said differently\n"));
    }

    [Fact]
    public void Read_NoWords_SaysWhatToWrite()
    {
        using var folder = new TempDirectory();
        var path = Path.Combine(folder.Path, "words.txt");
        File.WriteAllText(path, "# nothing\n\n");

        Assert.Contains("one word or phrase a line", Assert.Throws<BadInputException>(() => WordJudge.Read(path)).Message);
        Assert.Throws<BadInputException>(() => WordJudge.Read(path + ".gone"));
    }
}
