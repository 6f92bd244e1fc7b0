using Tda.Curation.Deduplication;

namespace Tda.Curation.Tests.Deduplication;

public sealed class HashedWordsTests
{
    [Theory]
    [InlineData("Hello, World!", "hello world")]
    [InlineData("don't  stop-now\n2024", "DON T STOP NOW 2024")]
    [InlineData("cafe\u0301 Σίσυφος", "CAFÉ σίσυφοσ")]
    [InlineData("in\u00ADvoi\u200Bce", "invoice")]
    [InlineData("\uFEFFword", "word")]
    [InlineData("…", "")]
    [InlineData("lone \uD800 half", "lone half")]
    [InlineData("\uD835\uDC00bc", "\uD835\uDC00BC")]
    public void Read_OtherSpelling_HasTheSameWords(string one, string other) => Assert.Equal(Hashes(one), Hashes(other));

    [Theory]
    [InlineData("resume", "résumé")]
    [InlineData("to day", "today")]
    [InlineData("a b", "b a")]
    public void Read_OtherWords_Differ(string one, string other) => Assert.NotEqual(Hashes(one), Hashes(other));

    [Theory]
    [InlineData("日本語テキスト", 7)]
    [InlineData("Kaufen Sie jetzt!", 3)]
    [InlineData("купить сейчас", 2)]
    [InlineData("한국어 텍스트", 2)]
    [InlineData("漢字 mixed 漢字", 5)]
    [InlineData("", 0)]
    public void Read_Scripts_CountsWords(string text, int words) => Assert.Equal(words, Hashes(text).Length);

    [Fact]
    public void Place_Words_AreWhereTheyStand()
    {
        const string text = " Der co\u00ADde: 漢字 x";
        var words = new HashedWords();
        words.Read("something of many more words than the text that is read next");
        words.Read(text);

        Assert.Equal(["Der", "co\u00ADde", "漢", "字", "x"], Enumerable.Range(0, words.Count).Select(i => text[words.Place(i).Start..words.Place(i).End]));
        var normal = new StringBuilder();
        words.AppendWords(text, normal);
        Assert.Equal("DER CODE 漢 字 X ", normal.ToString());
    }

    private static ulong[] Hashes(string text)
    {
        var words = new HashedWords();
        words.Read(text);
        return words.Hashes.ToArray();
    }
}
