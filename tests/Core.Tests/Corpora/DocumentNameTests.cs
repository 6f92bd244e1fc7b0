using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Core.Tests.Corpora;

public class DocumentNameTests
{
    [Theory]
    [InlineData("""{"file":"licenses/GPL-3","title":"The licence"}""", "some text", "licenses/GPL-3")]
    [InlineData("""{"title":" The licence "}""", "some text", "The licence")]
    [InlineData("""{"title":"","subject":"Hello"}""", "some text", "Hello")]
    [InlineData("""{"file":7,"url":"https://example.org/a"}""", "some text", "https://example.org/a")]
    [InlineData(null, "Subject: Your account \n\nDear all", "Your account")]
    [InlineData("""{"author":"somebody"}""", "Subject: Re: build", "Re: build")]
    [InlineData(null, "Subject: \n\nDear all", null)]
    [InlineData(null, "The Subject: of this", null)]
    public void Of_Document_IsTheMostPreciseNameThatThereIs(string? meta, string text, string? expected)
    {
        var document = new Document("id", "source", text) { Meta = meta is null ? null : (JsonObject)JsonNode.Parse(meta)! };
        Assert.Equal(expected, DocumentName.Of(document));
    }

    [Theory]
    [InlineData("a name", "0123456789abcdef0123456789abcdef", "a name")]
    [InlineData(null, "0123456789abcdef0123456789abcdef", "0123456789ab")]
    [InlineData(null, "an-id-that-people-gave-and-know-it", "an-id-that-people-gave-and-know-it")]
    public void Shown_NameElseId_HashesAreCut(string? name, string id, string expected) => Assert.Equal(expected, DocumentName.Shown(name, id));

    [Fact]
    public void Of_Corpus_NamesTheDocumentsAskedFor()
    {
        using var folder = new TempDirectory();
        using (var writer = CorpusWriter.Create(folder["c"], new FakeTimeProvider()))
        {
            writer.Add(new Document("a", "s", "first") { Meta = new JsonObject { ["file"] = "a.txt" } });
            writer.Add(new Document("b", "s", "second"));
            writer.Add(new Document("c", "s", "third") { Meta = new JsonObject { ["file"] = "c.txt" } });
            writer.Commit();
        }

        var names = DocumentName.Of(Corpus.Open(folder["c"]), new HashSet<string> { "b", "c" });
        Assert.Equal([KeyValuePair.Create("c", "c.txt")], names);
    }
}
