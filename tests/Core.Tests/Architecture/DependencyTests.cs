using System.Xml.Linq;
using Tda.TestKit;

namespace Tda.Core.Tests.Architecture;

/// <summary>
/// References go one way: Core ← Store ← Review ← Gateway ← GatewayHost; Core ← ProxyTrainer ← Scoring ← Evaluation; Core ← Labels ← Curation; Lab uses
/// ProxyTrainer; Cli composes all. Stages meet only through Core's artifacts and the store, so that each runs, resumes and tests alone.
/// </summary>
public class DependencyTests
{
    /// <summary>What each project may reference, directly or not.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Store"] = ["Core"],
        ["Review"] = ["Core", "Store"],
        ["Gateway"] = ["Core", "Store", "Review"],
        ["GatewayHost"] = ["Core", "Store", "Review", "Gateway"],
        ["Labels"] = ["Core"],
        ["Curation"] = ["Core", "Labels"],
        ["ProxyTrainer"] = ["Core"],
        ["Scoring"] = ["Core", "ProxyTrainer"],
        ["Lab"] = ["Core", "ProxyTrainer"],
        ["Evaluation"] = ["Core", "ProxyTrainer", "Scoring", "Lab"],
        ["Cli"] = ["Core", "Store", "Review", "Gateway", "GatewayHost", "Labels", "Curation", "ProxyTrainer", "Scoring", "Lab", "Evaluation"],
    };

    [Fact]
    public void ProjectReferences_EveryProject_GoOneWay()
    {
        var references = Sources().ToDictionary(path => Path.GetFileNameWithoutExtension(path), References);
        foreach ((var project, var _) in references)
        {
            var allowed = Allowed.GetValueOrDefault(project) ?? OptionalProject(project);
            string[] reached = [.. Closure(project, references)];
            string[] forbidden = [.. reached.Except(allowed)];
            Assert.True(forbidden.Length == 0, $"{project} must not reference {string.Join(", ", forbidden)}; it may reference {string.Join(", ", allowed)}");
        }
    }

    [Theory]
    [InlineData("Review")]
    [InlineData("Gateway")]
    [InlineData("GatewayHost")]
    [InlineData("Store")]
    [InlineData("Curation")]
    [InlineData("Labels")]
    [InlineData("Core")]
    public void Packages_ProjectsWithoutTensors_HaveNoTorch(string project)
    {
        var file = Sources().Single(path => Path.GetFileNameWithoutExtension(path) == project);
        Assert.DoesNotContain(Packages(file), package => package.Contains("torch", StringComparison.OrdinalIgnoreCase));
        var folder = Path.GetDirectoryName(file)!;
        foreach (var source in SourceFiles.In(folder))
        {
            Assert.False(File.ReadAllText(source).Contains("TorchSharp", StringComparison.Ordinal), $"{source} uses TorchSharp, and {project} must not load LibTorch");
        }
    }

    [Fact]
    public void SourceProjects_ReferenceNoTestProject()
    {
        foreach (var project in Sources())
        {
            Assert.All(References(project), reference => Assert.False(reference.EndsWith("Tests", StringComparison.Ordinal) || reference == "TestKit", $"{project} references {reference}"));
        }
    }

    [Fact]
    public void PackageVersions_StandInOnePlace()
    {
        foreach (var project in Projects())
        {
            foreach (var reference in XDocument.Load(project).Descendants("PackageReference"))
            {
                var versioned = reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null || reference.Element("Version") is not null;
                Assert.False(versioned, $"{project}: the version of {reference.Attribute("Include")?.Value} belongs in Directory.Packages.props");
            }
        }
    }

    [Fact]
    public void Solution_HoldsEveryProjectOfTheDefaultBuild()
    {
        var solution = File.ReadAllText(TestPaths.InRepository("Tda.sln"));
        foreach (var project in Allowed.Keys)
        {
            Assert.Contains($"{project}.csproj", solution, StringComparison.Ordinal);
        }
    }

    /// <summary>Thin projects outside the default build, such as a plugin, may use what Cli may, and nothing may use them.</summary>
    private static string[] OptionalProject(string project)
    {
        Assert.All(Sources().SelectMany(References), reference => Assert.NotEqual(project, reference));
        return [.. Allowed.Keys];
    }

    private static IEnumerable<string> Closure(string project, Dictionary<string, string[]> references)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>(references[project]);
        while (pending.TryPop(out var next))
        {
            if (!seen.Add(next))
            {
                continue;
            }

            foreach (var further in references.GetValueOrDefault(next, []))
            {
                pending.Push(further);
            }
        }

        return seen;
    }

    private static IEnumerable<string> Sources() => SourceFiles.Projects("src");

    private static IEnumerable<string> Projects() => SourceFiles.Projects("src").Concat(SourceFiles.Projects("tests")).Concat(SourceFiles.Projects("bench"));

    private static string[] References(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];

    private static IEnumerable<string> Packages(string project) =>
        XDocument.Load(project).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);
}
