using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Core.Tests.Architecture;

/// <summary>Conventions that nobody must remember, because a test does.</summary>
public partial class LayoutTests
{
    private const int MaximumLines = 400;

    [Fact]
    public void Files_AreShort()
    {
        foreach (var file in Sources().Concat(Tests()))
        {
            var lines = File.ReadLines(file).Count();
            Assert.True(lines <= MaximumLines, $"{file} has {lines} lines, more than {MaximumLines}: split it by concept");
        }
    }

    [Fact]
    public void Files_HoldOnePublicType()
    {
        foreach (var file in Sources())
        {
            string[] types = [.. PublicType().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value).Distinct()];
            Assert.True(types.Length <= 1, $"{file} declares {string.Join(", ", types)}: one public type a file");
        }
    }

    [Fact]
    public void Namespaces_AreFileScoped()
    {
        foreach (var file in Sources().Concat(Tests()))
        {
            Assert.False(BlockNamespace().IsMatch(File.ReadAllText(file)), $"{file}: use a file-scoped namespace");
        }
    }

    private static IEnumerable<string> Sources() => SourceFiles.In(TestPaths.InRepository("src"));

    private static IEnumerable<string> Tests() => SourceFiles.In(TestPaths.InRepository("tests"));

    /// <summary>Types at the left margin: nested ones are indented. A delegate beside its class is part of it.</summary>
    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|partial|readonly|ref|unsafe) )*(?:class|record struct|record class|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^namespace [\w.]+\s*\{", RegexOptions.Multiline)]
    private static partial Regex BlockNamespace();
}
