using Tda.TestKit;
using YamlDotNet.RepresentationModel;

namespace Tda.Gateway.Tests.Deploy;

/// <summary>The files under <c>deploy/</c>.</summary>
internal static class DeployFiles
{
    public static string Folder { get; } = TestPaths.InRepository("deploy");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static string Read(string name) => File.ReadAllText(PathOf(name));

    public static IEnumerable<string> All(string pattern) => Directory.EnumerateFiles(Folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>The documents of a YAML file; a key that stands twice is an error.</summary>
    public static List<YamlMappingNode> Yaml(string path)
    {
        var stream = new YamlStream();
        using var text = File.OpenText(path);
        stream.Load(text);
        return [.. stream.Documents.Select(document => Assert.IsType<YamlMappingNode>(document.RootNode))];
    }

    /// <summary>The node at a path such as <c>spec.template.spec.containers.0.image</c>.</summary>
    public static YamlNode At(YamlNode node, string path)
    {
        foreach (var name in path.Split('.'))
        {
            node = node switch
            {
                YamlSequenceNode items => items[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)],
                YamlMappingNode members when members.Children.TryGetValue(name, out var child) => child,
                _ => throw new KeyNotFoundException($"'{name}' of {path} is not there"),
            };
        }

        return node;
    }

    public static string Text(YamlNode node, string path) => Assert.IsType<YamlScalarNode>(At(node, path)).Value!;
}
