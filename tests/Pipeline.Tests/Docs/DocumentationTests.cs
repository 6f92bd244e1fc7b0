using System.CommandLine.Parsing;
using Tda.Cli;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>Prose rots where nothing checks it: every command parses, every link and path leads somewhere.</summary>
public class DocumentationTests
{
    [Fact]
    public void Commands_InShellBlocks_ParseWithTheRealCommandTree()
    {
        var root = TdaCommands.Build();
        var wrong = new List<string>();
        var checkedCommands = 0;
        foreach (var file in MarkdownFile.All())
        {
            foreach ((var line, var text) in file.Commands())
            {
                string[] words = [.. CommandLineParser.SplitCommandLine(text.Replace('\'', '"'))];
                if (words.Length > 0 && words[0] == "test")
                {
                    continue; // the launcher's own
                }

                checkedCommands++;
                var parsed = root.Parse(words);
                wrong.AddRange(parsed.Errors.Select(error => $"{file.Name}:{line}: tda {text}: {error.Message}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(checkedCommands > 0, "no command was found: the blocks are no longer marked as sh");
    }

    [Fact]
    public void Links_InsideTheRepository_LeadSomewhere()
    {
        string[] broken =
        [
            .. MarkdownFile.All().SelectMany(file => file.Links()
                .Where(link => !Path.Exists(Path.GetFullPath(link.Target, file.Folder)))
                .Select(link => $"{file.Name}:{link.Line}: {link.Target}")),
        ];

        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Links_ToHeadings_LeadToOne()
    {
        var links = MarkdownFile.All().SelectMany(static file => file.Anchors().Select(link =>
            (file.Name, link.Line, link.Anchor, Path: link.Target.Length == 0
                ? TestPaths.InRepository(file.Name)
                : Path.GetFullPath(link.Target, file.Folder)))).ToList();
        string[] broken =
        [
            .. links.Where(static link => !MarkdownFile.Open(link.Path).Headings().Contains(link.Anchor))
                .Select(static link => $"{link.Name}:{link.Line}: #{link.Anchor}"),
        ];

        Assert.True(broken.Length == 0, string.Join('\n', broken));
        Assert.True(links.Count > 0, "no link to a heading was found");
    }

    [Fact]
    public void Paths_InBackticks_Exist()
    {
        string[] missing =
        [
            .. MarkdownFile.All().SelectMany(file => file.Paths()
                .Where(path => !Path.Exists(TestPaths.InRepository(path.Path)))
                .Select(path => $"{file.Name}:{path.Line}: {path.Path}")),
        ];

        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }
}
