using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>A page of the documentation: its commands, links and paths, each with its line.</summary>
internal sealed partial class MarkdownFile
{
    private readonly string[] _lines;

    private MarkdownFile(string path)
    {
        Name = Path.GetRelativePath(TestPaths.Repository, path);
        Folder = Path.GetDirectoryName(path)!;
        _lines = File.ReadAllLines(path);
    }

    /// <summary>Path in the repository.</summary>
    public string Name { get; }

    /// <summary>Full path of its folder.</summary>
    public string Folder { get; }

    /// <summary>The README and everything under docs.</summary>
    public static IEnumerable<MarkdownFile> All()
    {
        string readme = TestPaths.InRepository("README.md"), docs = TestPaths.InRepository("docs");
        return (File.Exists(readme) ? [readme] : Array.Empty<string>())
            .Concat(Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            .Select(path => new MarkdownFile(path));
    }

    /// <summary>A page by its path in the repository.</summary>
    public static MarkdownFile Open(string name) => new(TestPaths.InRepository(name));

    /// <summary>The rows of all tables that have this header, without the sign of code around a cell.</summary>
    public IEnumerable<(int Line, string[] Cells)> Rows(params string[] header)
    {
        var inside = false;
        foreach (var (number, text) in Prose())
        {
            string[] cells = text.StartsWith('|') ? [.. text.Trim('|', ' ').Split('|').Select(static cell => cell.Trim().Trim('`'))] : [];
            if (cells.SequenceEqual(header))
            {
                inside = true;
            }
            else if (cells.Length == 0)
            {
                inside = false;
            }
            else if (inside && !cells.All(static cell => cell.Trim('-', ':').Length == 0))
            {
                yield return (number, cells);
            }
        }
    }

    /// <summary>Paragraphs, items of lists and rows of tables, with the code in backticks that each holds.</summary>
    public IEnumerable<(int Line, string Text, string[] Code)> Paragraphs()
    {
        List<(int Number, string Text)> lines = [];
        foreach (var line in Prose().Append((Number: 0, Text: "")))
        {
            if (lines.Count > 0 && (line.Text.Length == 0 || line.Text.StartsWith('|') || line.Text.StartsWith("- ", StringComparison.Ordinal)))
            {
                var text = string.Join(' ', lines.Select(static each => each.Text.Trim()));
                yield return (lines[0].Number, text, [.. Code().Matches(text).Select(static match => match.Groups["code"].Value)]);
                lines.Clear();
            }

            if (line.Text.Length > 0)
            {
                lines.Add(line);
            }
        }
    }

    /// <summary>Lines of shell blocks that call the program, continuation lines joined.</summary>
    public IEnumerable<(int Line, string Text)> Commands()
    {
        var shell = false;
        for (var i = 0; i < _lines.Length; i++)
        {
            if (_lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                shell = !shell && _lines[i].Trim() is "```sh" or "```bash" or "```console" or "```shell";
                continue;
            }

            var first = i;
            var text = _lines[i].Trim();
            while (shell && text.EndsWith('\\') && i + 1 < _lines.Length)
            {
                text = $"{text[..^1]} {_lines[++i].Trim()}";
            }

            if (shell && CallOfTda().Match(text) is { Success: true } call)
            {
                yield return (first + 1, call.Groups["arguments"].Value);
            }
        }
    }

    /// <summary>Targets of links that stay in the repository.</summary>
    public IEnumerable<(int Line, string Target)> Links() => Prose()
        .SelectMany(line => Link().Matches(line.Text).Select(match => (line.Number, match.Groups["target"].Value)))
        .Where(link => !link.Value.Contains("://", StringComparison.Ordinal) && !link.Value.StartsWith("mailto:", StringComparison.Ordinal));

    /// <summary>Links to a heading: the page, empty for this one, and the heading as links spell it.</summary>
    public IEnumerable<(int Line, string Target, string Anchor)> Anchors() => Prose()
        .SelectMany(line => AnchorLink().Matches(line.Text).Select(match => (line.Number, match.Groups["target"].Value, match.Groups["anchor"].Value)))
        .Where(link => !link.Item2.Contains("://", StringComparison.Ordinal));

    /// <summary>The headings as links spell them: lower case, words joined by dashes, no punctuation.</summary>
    public IEnumerable<string> Headings() => Prose()
        .Where(line => line.Text.StartsWith('#'))
        .Select(line => string.Concat(line.Text.TrimStart('#').Trim().ToLowerInvariant()
            .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));

    /// <summary>Paths of the repository named in backticks.</summary>
    public IEnumerable<(int Line, string Path)> Paths() => Prose()
        .SelectMany(line => CodePath().Matches(line.Text).Select(match => (line.Number, match.Groups["path"].Value)));

    private IEnumerable<(int Number, string Text)> Prose()
    {
        var code = false;
        for (var i = 0; i < _lines.Length; i++)
        {
            if (_lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                code = !code;
            }
            else if (!code)
            {
                yield return (i + 1, _lines[i]);
            }
        }
    }

    /// <summary>With or without a prompt sign and variables before it; up to a pipe, a redirection, the next command or a comment.</summary>
    [GeneratedRegex(@"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\./)?tda (?<arguments>.*?)\s*(?:\s[|>&;#].*|;.*|2>.*)?$")]
    private static partial Regex CallOfTda();

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\((?<target>[^)#\s]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\]\((?<target>[^)#\s]*)#(?<anchor>[^)\s]+)\)")]
    private static partial Regex AnchorLink();

    [GeneratedRegex(@"`(?:\./)?(?<path>(?:src|tests|docs|deploy|bench|\.ci)/[\w./-]+)`")]
    private static partial Regex CodePath();
}
