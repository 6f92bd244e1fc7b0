using FsCheck.Fluent;
using Tda.Store.Sql;

namespace Tda.Store.Tests;

public sealed class SearchTextTests
{
    [Theory]
    [InlineData("Hello, world", "hello|world")]
    [InlineData("\"Hello, world\" x", "hello world|x")]
    [InlineData("foo-bar inv*", "foo bar|inv*")]
    [InlineData("\"open", "open")]
    [InlineData("% _ \" \"", "")]
    [InlineData("Größe 東京 x²", "größe|東京|x²")]
    public void Parse_Search_Phrases(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', SearchText.Parse(text).Select(phrase => string.Join(' ', phrase.Words) + (phrase.Prefix ? "*" : ""))));

    // Whatever people type is a search or no search, never an error of the database's query language.
    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ListAsync_AnyText_NeverAnError(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var pieces = Gen.Elements("a", "\"", "*", "(", ")", "AND", "NOT", "NEAR(", ":", "&", "|", "!", "<->", "\\", "'", "^", "-", "\0", "\ud83d", "ü", " ", "{", "}", "+", "prompt:");
        var texts = Gen.ListOf(pieces).Select(string.Concat).Sample(60);
        foreach (var text in texts.Append("*").Append("\"*\"").Append("a*b* \"c*\""))
        {
            Assert.Empty(await store.ListAsync(new ExchangeFilter { Text = text, Limit = 1 }).ToListAsync());
        }
    }
}
