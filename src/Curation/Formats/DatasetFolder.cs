using System.Text.RegularExpressions;
using Tda.Curation.Formats.Records;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tda.Curation.Formats;

/// <summary>
/// A data set's folder as Hugging Face's hub has them: <c>README.md</c> begins with a YAML header between lines of <c>---</c>, the card,
/// which may name the license and, by configuration and split, the data's files. Where it names none, the files' paths tell the split
/// (<c>train-00000-of-00002.parquet</c>, <c>test/…</c>).
/// </summary>
internal sealed partial class DatasetFolder
{
    public const string CardName = "README.md";

    /// <summary>The value of <see cref="ImportOptions.Split"/> that takes all.</summary>
    public const string AllSplits = "all";

    private const string Train = "train";
    private const string DefaultConfig = "default";

    /// <summary>The hub's words for splits in paths → the split.</summary>
    private static readonly Dictionary<string, string> SplitWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = Train,
        ["training"] = Train,
        ["validation"] = "validation",
        ["valid"] = "validation",
        ["val"] = "validation",
        ["dev"] = "validation",
        ["test"] = "test",
        ["testing"] = "test",
        ["eval"] = "test",
        ["evaluation"] = "test",
    };

    private readonly IReadOnlyList<DatasetConfig> _configs;

    private DatasetFolder(string? license, IReadOnlyList<DatasetConfig> configs) => (License, _configs) = (license, configs);

    /// <summary>The one license that the card names; null where it names none, several, or none in particular.</summary>
    public string? License { get; }

    /// <summary>The folder's card; null where it has none: then it is a folder like others.</summary>
    /// <exception cref="BadInputException">The header of the README.md isn't YAML, or says something else than it should.</exception>
    public static DatasetFolder? Open(string folder)
    {
        var path = Path.Combine(folder, CardName);
        if (!File.Exists(path) || Header(path) is not { } header)
        {
            return null;
        }

        var parser = new Parser(new StringReader(header));
        try
        {
            var yaml = new YamlStream();
            yaml.Load(parser);
            var root = yaml.Documents.Count == 0 ? new YamlMappingNode() : yaml.Documents[0].RootNode as YamlMappingNode
                ?? throw new BadInputException(path, "the header holds no names with values", line: 2, remedy: "Mend the header, or remove it.");
            return new DatasetFolder(LicenseOf(root), [.. Children(Child(root, "configs")).Select(node => ConfigOf(node, path))]);
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException)
        {
            // InvalidOperationException: the library's scanner, at what it didn't expect.
            throw new BadInputException(
                path,
                $"the header between the lines of --- isn't YAML: {(error is YamlException ? JsonRecords.FirstSentence(error) : "it can't be parsed here")}",
                line: ((error as YamlException)?.Start.Line ?? parser.Current?.End.Line ?? 0) + 1, // the first line is ---
                remedy: "Mend the header, or remove it: then the folder is read like any other.",
                inner: error);
        }
    }

    /// <summary>Those of the folder's files that belong to the wanted configuration and split, the rest left out with a note.</summary>
    /// <exception cref="UsageException">There is no such configuration or split, or several configurations and none is named.</exception>
    public List<ImportFile> Choose(List<ImportFile> files, ImportOptions options, ImportTally tally)
    {
        files = [.. files.Where(file => file.Name != CardName).Select(file => file with { License = License })];
        var config = ChooseConfig(options);
        List<(ImportFile File, string Split)> splits = config is { Files.Count: > 0 }
            ? [.. files.SelectMany(file => config.SplitsOf(file.Name).Take(1).Select(split => (file, split)))]
            : [.. DataOf(files).Select(file => (file, SplitOf(file.Name)))];
        var names = splits.Select(part => part.Split).Distinct(StringComparer.Ordinal).ToList();
        var wanted = options.Split ?? (names.Contains(Train) ? Train : AllSplits);
        if (wanted == AllSplits)
        {
            return [.. splits.Select(part => part.File)];
        }

        if (!names.Contains(wanted))
        {
            throw new UsageException($"There is no split '{wanted}' among the data set's files; there are: {string.Join(", ", names)}.");
        }

        var others = splits.Where(part => part.Split != wanted).GroupBy(part => part.Split).Select(group => $"{group.Key} ({Count(group.Count())})").ToList();
        if (others.Count > 0)
        {
            tally.Note($"Only the split {wanted} was read; left out: {string.Join(", ", others)} (--split {AllSplits} reads all).");
        }

        return [.. splits.Where(part => part.Split == wanted).Select(part => part.File)];
    }

    /// <summary>The split that a path names in any of its words, the last counting most; train where it names none.</summary>
    internal static string SplitOf(string path) =>
        Words().Split(path).Reverse().Select(word => SplitWords.GetValueOrDefault(word)).FirstOrDefault(split => split is not null) ?? Train;

    /// <summary>Without a word of the card, records are the data wherever there are any; a license or a note beside them isn't.</summary>
    private static IEnumerable<ImportFile> DataOf(List<ImportFile> files) =>
        files.Where(file => ImportFiles.RecordsByName(file.Name) is not null).ToList() is { Count: > 0 } records ? records : files;

    private DatasetConfig? ChooseConfig(ImportOptions options)
    {
        if (options.Config is { } name)
        {
            return _configs.FirstOrDefault(config => config.Name == name) ?? throw new UsageException(
                $"The data set has no configuration '{name}'; it has: {(_configs.Count == 0 ? "none" : string.Join(", ", _configs.Select(c => c.Name)))}.");
        }

        return _configs.Count <= 1 ? _configs.FirstOrDefault()
            : _configs.FirstOrDefault(config => config.IsDefault) ?? _configs.FirstOrDefault(config => config.Name == DefaultConfig)
            ?? throw new UsageException(
                $"The data set has several configurations; choose one with --config: {string.Join(", ", _configs.Select(config => config.Name))}.");
    }

    private static string? Header(string path)
    {
        using var lines = new StreamReader(path);
        if (lines.ReadLine()?.TrimEnd() != "---")
        {
            return null;
        }

        var header = new StringBuilder();
        while (lines.ReadLine() is { } line)
        {
            if (line.TrimEnd() == "---")
            {
                return header.ToString();
            }

            header.Append(line).Append('\n');
        }

        throw new BadInputException(path, "the header that begins with --- never ends", line: 1, remedy: "Close it with a line of ---, or remove it.");
    }

    private static string? LicenseOf(YamlMappingNode card)
    {
        string?[] named = [.. Children(Child(card, "license")).Select(Scalar)];
        return named switch
        {
            ["other"] => Scalar(Child(card, "license_name")) is var name and not "several" ? name : null,
            [not (null or "" or "unknown")] => named[0],
            _ => null,
        };
    }

    private static DatasetConfig ConfigOf(YamlNode node, string path)
    {
        if (node is not YamlMappingNode config)
        {
            throw new BadInputException(path, "a configuration has no names with values", line: node.Start.Line + 1, remedy: "Mend the header.");
        }

        var folder = Scalar(Child(config, "data_dir"));
        var files = new List<(string Split, string Pattern)>();
        foreach (var entry in Children(Child(config, "data_files")))
        {
            var split = entry is YamlMappingNode part ? Scalar(Child(part, "split")) ?? Train : Train;
            foreach (var pattern in Children(entry is YamlMappingNode data ? Child(data, "path") : entry).Select(Scalar).OfType<string>())
            {
                files.Add((split, folder is null ? pattern : $"{folder.TrimEnd('/')}/{pattern}"));
            }
        }

        if (files.Count == 0 && folder is not null)
        {
            files.Add((Train, $"{folder.TrimEnd('/')}/**"));
        }

        return new DatasetConfig(Scalar(Child(config, "config_name")) ?? DefaultConfig, Scalar(Child(config, "default")) == "true", files);
    }

    private static YamlNode? Child(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null;

    /// <summary>The members of a list; one value alone stands for a list of one.</summary>
    private static IEnumerable<YamlNode> Children(YamlNode? node) => node is null ? [] : node is YamlSequenceNode list ? list.Children : [node];

    private static string? Scalar(YamlNode? node) => (node as YamlScalarNode)?.Value;

    private static string Count(int files) => files == 1 ? "1 file" : $"{files:N0} files";

    [GeneratedRegex("[^A-Za-z]+")]
    private static partial Regex Words();
}

/// <summary>A configuration of a data set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDefault">Whether the card says that it is the one to take.</param>
/// <param name="Files">Patterns of paths with the split that they belong to; none: the paths tell.</param>
internal sealed record DatasetConfig(string Name, bool IsDefault, IReadOnlyList<(string Split, string Pattern)> Files)
{
    /// <summary>The splits whose patterns a file's path fits.</summary>
    public IEnumerable<string> SplitsOf(string name) => Files.Where(part => new PathPattern(part.Pattern).Fits(name)).Select(part => part.Split);
}
