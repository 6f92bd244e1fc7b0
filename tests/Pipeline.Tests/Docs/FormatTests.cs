using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>Names and versions of the formats, as docs/formats.md lists them, are the code's.</summary>
public partial class FormatTests
{
    private const string Page = "docs/formats.md";

    private static readonly (string Name, string Version, string Constant)[] Listed =
        [.. MarkdownFile.Open(Page).Rows("format", "version", "constant").Select(static row => (row.Cells[0], row.Cells[1], row.Cells[2]))];

    [Fact]
    public void Versions_InTheTable_AreTheCodes()
    {
        Assert.All(Listed, static row =>
        {
            Assert.Equal(row.Version, Convert.ToString(CodeConstants.ValueOf(row.Constant), CultureInfo.InvariantCulture));
            if (row.Name.StartsWith("tda.", StringComparison.Ordinal))
            {
                Assert.Contains(row.Name, CodeConstants.TextsOf(CodeConstants.TypeOf(row.Constant)));
            }
        });
        Assert.True(Listed.Length > 0, $"{Page} has no table of formats");
    }

    [Fact]
    public void Formats_NamedInTheCode_AreInTheTable()
    {
        string[] named =
        [
            .. Directory.EnumerateFiles(TestPaths.InRepository("src"), "*.cs", SearchOption.AllDirectories)
                .Where(static path => Path.GetFileName(path) != "ExchangeTags.cs" && !path.Contains("/obj/", StringComparison.Ordinal))
                .SelectMany(static path => FormatInCode().Matches(File.ReadAllText(path)))
                .Select(static match => match.Groups["name"].Value)
                .Where(static name => name != "tda.db") // a file, not a format
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(named, Listed.Select(static row => row.Name).Where(static name => name.StartsWith("tda.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Versions_InProse_AreThoseOfTheTable()
    {
        var versions = Listed.ToDictionary(static row => row.Name, static row => row.Version);
        var said = MarkdownFile.All().SelectMany(static file => file.Paragraphs()
            .SelectMany(static paragraph => VersionInProse().Matches(paragraph.Text))
            .Select(match => (file.Name, Format: match.Groups["name"].Value, Version: match.Groups["version"].Value))).ToList();

        Assert.All(said, row => Assert.Equal((row.Format, versions.GetValueOrDefault(row.Format)), (row.Format, (string?)row.Version)));
        Assert.True(said.Count > 0, "no version was found in prose: the sentences have another form now");
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public void SchemaVersion_InProse_IsTheNumberOfMigrations(string database)
    {
        var said = MarkdownFile.Open(Page).Paragraphs().SelectMany(static paragraph => SchemaVersion().Matches(paragraph.Text));
        var migrations = Directory.GetFiles(TestPaths.InRepository("src/Store/Migrations"), $"{database}.*.sql");

        Assert.Equal(migrations.Length, int.Parse(Assert.Single(said).Groups["version"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("\"(?<name>tda\\.[a-z_-]+)\"")]
    private static partial Regex FormatInCode();

    /// <summary>"`tda.x` version 1", "(`format` `tda.x`, `version` 1)", "| `tda.x`, 1 |".</summary>
    [GeneratedRegex(@"`(?<name>tda\.[a-z_-]+)`,? (?:`?version`? )?(?<version>\d+)")]
    private static partial Regex VersionInProse();

    [GeneratedRegex(@"Schema version (?<version>\d+)")]
    private static partial Regex SchemaVersion();
}
