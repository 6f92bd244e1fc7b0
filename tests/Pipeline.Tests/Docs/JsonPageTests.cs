using System.CommandLine;
using System.Text.Json.Nodes;
using Tda.Cli;

namespace Tda.Pipeline.Tests.Docs;

public class JsonPageTests
{
    [Fact]
    public void Headings_AreTheVerbsThatDoSomething()
    {
        string[] verbs = [.. Below(TdaCommands.Build(), "").Order(StringComparer.Ordinal)];

        Assert.Equal(verbs, JsonPage.Verbs.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>The comparison itself: it must see a field too many, one too few, and one of another type.</summary>
    [Theory]
    [InlineData("""{"removed":["runs/r"],"bytes":1}""", null)]
    [InlineData("""{"removed":[],"bytes":1}""", null)]
    [InlineData("""{"removed":["runs/r"],"bytes":1,"more":2}""", "prints more (number), which")]
    [InlineData("""{"removed":["runs/r"]}""", "says that rm prints bytes")]
    [InlineData("""{"removed":["runs/r"],"bytes":"1"}""", "prints bytes as text")]
    public void Differences_OfAResult_AreFound(string result, string? expected)
    {
        string[] found = [.. JsonPage.Differences("rm", JsonNode.Parse(result)!)];

        Assert.Equal(expected is null ? 0 : 1, found.Length);
        Assert.All(found, difference => Assert.Contains(expected!, difference, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""[{"name":"web","documents":3,"sources":{"bad":1,"good":2}}]""", 0)]
    [InlineData("""[{"name":"web","sources":{}}]""", 1)]
    [InlineData("[]", 0)]
    public void Differences_OfAList_AreThoseOfItsItems(string result, int differences) =>
        Assert.Equal(differences, JsonPage.Differences("corpus list", JsonNode.Parse(result)!).Count());

    private static IEnumerable<string> Below(Command command, string path)
    {
        foreach (var child in command.Subcommands)
        {
            var here = $"{path} {child.Name}".Trim();
            if (child.Action is not null)
            {
                yield return here;
            }

            foreach (var deeper in Below(child, here))
            {
                yield return deeper;
            }
        }
    }
}
