using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Core.Tests.Architecture;

/// <summary>Conventions that nobody must remember, because a test does.</summary>
public partial class LayoutTests
{
    private const int MostLinesOfAFile = 400;
    private const int FewestLinesOfAFile = 15;
    private const int MostCrumbs = 25;
    private const int MostFilesOfAFolder = 15;
    private const int DeepestFolder = 2;
    private const int MostFiles = 1_060;
    private const int MostLines = 114_000;
    private const int MostProjects = 14;

    [Fact]
    public void Source_Whole_StaysSmall()
    {
        var files = Sources().ToList();

        Assert.True(files.Count <= MostFiles, $"src has {files.Count} files, more than {MostFiles}");
        var lines = files.Sum(file => File.ReadLines(file).Count());
        Assert.True(lines <= MostLines, $"src has {lines} lines, more than {MostLines}");
        Assert.True(SourceFiles.Projects("src").Count() <= MostProjects, $"src has more than {MostProjects} projects");
    }

    [Fact]
    public void Files_AreNeitherLongNorCrumbs()
    {
        foreach (var file in Sources().Concat(Tests()))
        {
            var lines = File.ReadLines(file).Count();
            Assert.True(lines <= MostLinesOfAFile, $"{file} has {lines} lines, more than {MostLinesOfAFile}: split it by concept");
        }

        string[] crumbs = [.. Sources().Where(file => File.ReadLines(file).Count() < FewestLinesOfAFile)];
        Assert.True(
            crumbs.Length <= MostCrumbs,
            $"{crumbs.Length} files have fewer than {FewestLinesOfAFile} lines, and {MostCrumbs} may: they belong to their concepts' files: {string.Join(", ", crumbs)}");
    }

    [Fact]
    public void Folders_HoldAtMostFifteenFiles_NotDeep()
    {
        var root = TestPaths.InRepository("src");
        foreach (var folder in Sources().GroupBy(file => Path.GetDirectoryName(file)!))
        {
            Assert.True(folder.Count() <= MostFilesOfAFolder, $"{folder.Key} has {folder.Count()} files, more than {MostFilesOfAFolder}: which concepts are in it?");
            var depth = Path.GetRelativePath(root, folder.Key).Split(Path.DirectorySeparatorChar).Length - 1;
            Assert.True(depth <= DeepestFolder, $"{folder.Key} lies {depth} folders below its project, deeper than {DeepestFolder}");
        }
    }

    [Fact]
    public void Types_HaveANameOfTheirOwn()
    {
        var places = Sources()
            .SelectMany(file => TopLevelType().Matches(File.ReadAllText(file)).Select(match => (Name: match.Groups["name"].Value, File: Whole(file))))
            .Distinct() // generic and plain in one file; parts of one type in Type.cs, Type.Part.cs
            .GroupBy(place => place.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(place => Path.GetRelativePath(TestPaths.Repository, place.File)))}")
            .ToList();

        Assert.True(places.Count == 0, $"one name, one type in the whole solution:\n{string.Join('\n', places)}");
    }

    [Fact]
    public void Namespaces_FollowFolders()
    {
        foreach (var file in Sources())
        {
            var text = File.ReadAllText(file);
            Assert.False(BlockNamespace().IsMatch(text), $"{file}: use a file-scoped namespace");
            var expected = "Tda." + Path.GetRelativePath(TestPaths.InRepository("src"), Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            if (FileNamespace().Match(text) is { Success: true } match)
            {
                Assert.True(match.Groups["name"].Value == expected, $"{file} is in {match.Groups["name"].Value}; its folder says {expected}");
            }
        }
    }

    /// <summary>The file of a type whose parts are in <c>Type.Part.cs</c> beside it.</summary>
    private static string Whole(string file) => Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(file).Split('.')[0] + ".cs");

    private static IEnumerable<string> Sources() => SourceFiles.In(TestPaths.InRepository("src"));

    private static IEnumerable<string> Tests() => SourceFiles.In(TestPaths.InRepository("tests"));

    /// <summary>Types at the left margin: nested ones are indented, and a partial one may have parts.</summary>
    [GeneratedRegex(@"^(?:public |internal )?(?:(?:static|sealed|abstract|readonly|ref|unsafe|file) )*(?:class|record struct|record class|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex FileNamespace();

    [GeneratedRegex(@"^namespace [\w.]+\s*\{", RegexOptions.Multiline)]
    private static partial Regex BlockNamespace();
}
