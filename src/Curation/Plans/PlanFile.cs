using Tda.Curation.Formats;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tda.Curation.Plans;

/// <summary>
/// A curation as users write it, `curation.yaml`: an ordered list of stages, each a name with its options.
/// <code>
/// stages:
///   - length: { min_words: 5 }
///   - minhash:
///       threshold: .8
/// </code>
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Stages">Its stages, in order.</param>
public sealed record PlanFile(string Path, IReadOnlyList<PlannedStage> Stages)
{
    /// <summary>Reads a plan.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="services">What stages are made with.</param>
    /// <exception cref="BadInputException">It can't be read, or names unknown stages or options, or values out of range: all errors at once, with their lines.</exception>
    public static PlanFile Read(string path, StageServices services)
    {
        var errors = new PlanErrors();
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var root = Parse(path);
        foreach (var key in root.Children.Keys.Where(key => key is not YamlScalarNode { Value: "stages" }))
        {
            errors.Add(key.Start.Line, $"there is no setting '{key}'; a plan has 'stages'");
        }

        var stages = new List<PlannedStage>();
        if (root.Children.TryGetValue(new YamlScalarNode("stages"), out var list) && list is YamlSequenceNode { Children.Count: > 0 } sequence)
        {
            foreach (var item in sequence)
            {
                if (Stage(item, folder, services, errors) is { } stage)
                {
                    stages.Add(stage);
                }
            }
        }
        else
        {
            errors.Add(list?.Start.Line ?? root.Start.Line, "'stages' must be a list of stages");
        }

        errors.Throw(path);
        return new PlanFile(path, stages);
    }

    private static YamlMappingNode Parse(string path)
    {
        try
        {
            using var reader = new StreamReader(path, Charset.Utf8);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents is [{ RootNode: YamlMappingNode mapping }]
                ? mapping
                : throw new BadInputException(path, "isn't one YAML mapping", remedy: "Write 'stages:' and under it a list.");
        }
        catch (YamlException error)
        {
            throw new BadInputException(path, $"isn't YAML: {(error.InnerException ?? error).Message}", line: error.Start.Line, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), inner: error);
        }
    }

    private static PlannedStage? Stage(YamlNode item, string folder, StageServices services, PlanErrors errors)
    {
        var line = item.Start.Line;
        var (name, options) = item switch
        {
            YamlScalarNode { Value: { Length: > 0 } word } => (word, (YamlNode?)null),
            YamlMappingNode { Children: [var only] } when only.Key is YamlScalarNode { Value: { } word } => (word, only.Value),
            _ => (null, null),
        };
        if (name is null || options is not (null or YamlMappingNode or YamlScalarNode { Value: "" }))
        {
            errors.Add(line, "a stage is one name with a mapping of its options");
            return null;
        }

        if (StageKinds.Find(name) is not { } kind)
        {
            var known = StageKinds.All.Select(one => one.Name);
            errors.Add(line, $"there is no stage '{name}'. {NearestNames.Question(name, known) ?? $"There are {string.Join(", ", known)}."}");
            return null;
        }

        var given = new StageOptions(options as YamlMappingNode, line, folder, errors);
        var stage = kind.Make(given, services);
        given.RefuseUnknown();
        return new PlannedStage(kind.Name, stage, line);
    }
}

/// <summary>A stage of a plan.</summary>
/// <param name="Kind">Its name in the plan.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Line">Its line in the plan, from 1.</param>
public sealed record PlannedStage(string Kind, ICurationStage Stage, long Line);
