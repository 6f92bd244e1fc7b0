using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Core.Tests.Json;

/// <summary>The serializer's messages named types: "The JSON value could not be converted to Tda.Core.Queries.Query". Ours speak of the file.</summary>
public sealed class JsonFaultTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public enum Colour
    {
        DarkRed,
        Blue,
    }

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("""{"id":"a","size":"big","parts":[]}""", "member 'size' is text; a whole number is expected")]
    [InlineData("""{"id":7,"size":1,"parts":[]}""", "member 'id' is the number 7; text is expected")]
    [InlineData("""{"id":null,"size":1,"parts":[]}""", "member 'id' is null; text is expected")]
    [InlineData("""{"size":1,"text":"x"}""", "members 'id', 'parts' are missing; it has size, text")]
    [InlineData("""{"id":"a","size":1}""", "member 'parts' is missing; it has id, size")]
    [InlineData("""{}""", "members 'id', 'size', 'parts' are missing; it has none")]
    [InlineData("""{"id":"a","size":1,"parts":{}}""", "member 'parts' is an object; a list is expected")]
    [InlineData("""{"id":"a","size":1,"parts":[{"share":.5}]}""", "is not JSON: '.' is an invalid start of a value")]
    [InlineData("""{"id":"a","size":1,"parts":[{"share":1},{"share":true}]}""", "member 'parts[1].share' is true; a number is expected")]
    [InlineData("""{"id":"a","size":1,"parts":[{}]}""", "member 'share' in 'parts[0]' is missing; it has none")]
    [InlineData("""{"id":"a","size":1,"parts":[],"colour":"green"}""", "member 'colour' is text; one of dark_red, blue is expected")]
    [InlineData("""{"id":"a","size":1,"parts":[],"at":"soon"}""", "member 'at' is text; a time such as 2026-01-31T12:00:00Z is expected")]
    [InlineData("""{"id":"a","size":1,"parts":[],"span":[2]}""", "a span is two whole numbers, [start, end]: characters of the completion")]
    [InlineData("[1,2]", "it is a list; an object is expected")]
    [InlineData("\"text\"", "it is text; an object is expected")]
    [InlineData("{\"id\":", "is not JSON: ")]
    public void Read_NotWhatIsExpected_SaysSoInWordsOfTheFile(string json, string expected)
    {
        var path = _temp.Write("thing.json", json);

        var error = Assert.Throws<BadInputException>(() => JsonFile.Read<Thing>(path));

        Assert.StartsWith(expected, error.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("Tda.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LineOfMany_HasItsNumber()
    {
        var path = _temp.Write("things.jsonl", "{\"id\":\"a\",\"size\":1,\"parts\":[]}\n{\"size\":2,\"parts\":[]}\n");

        var error = Assert.Throws<BadInputException>(() => JsonLines.Read<Thing>(path).ToList());

        Assert.Equal((2L, 52L), (error.Line!.Value, error.Offset!.Value));
        Assert.Contains("things.jsonl, line 2 (byte 52): member 'id' is missing; it has size, parts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Part_OfAParsedFile_NamesThePart()
    {
        var error = Assert.Throws<BadInputException>(() => JsonFile.Part<Thing>(JsonNode.Parse("""{"id":1}"""), "manifest.json", "details"));

        Assert.StartsWith("details: ", error.Reason, StringComparison.Ordinal);
        Assert.Equal("details is missing", Assert.Throws<BadInputException>(() => JsonFile.Part<Thing>(null, "manifest.json", "details")).Reason);
    }

    [Fact]
    public void Read_FolderOrNothing_SaysWhich()
    {
        Assert.Equal("is a folder; a file is expected", Assert.Throws<BadInputException>(() => JsonFile.Read<Thing>(_temp.Path)).Reason);
        Assert.Equal("there is no such file", Assert.Throws<BadInputException>(() => JsonFile.Read<Thing>(_temp["none.json"])).Reason);
        Assert.Equal("is a folder; a file is expected", Assert.Throws<BadInputException>(() => JsonLines.Read<Thing>(_temp.Path).ToList()).Reason);
    }

    public sealed record Thing(string Id, int Size, IReadOnlyList<Part> Parts)
    {
        public Colour? Colour { get; init; }

        public DateTimeOffset? At { get; init; }

        public TextSpan? Span { get; init; }
    }

    public sealed record Part(double Share);
}
