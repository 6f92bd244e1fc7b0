using Tda.Curation.Formats;
using Tda.Curation.Ledger;
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
///       at_most: .3
/// </code>
/// Every stage takes <c>at_most</c>: where it would drop a larger share of the documents that it is given, the curation stops.
/// </summary>
/// <param name="Path">The file; of a plan that a program made, where its decisions come from.</param>
/// <param name="Stages">Its stages, in order.</param>
public sealed record PlanFile(string Path, IReadOnlyList<PlannedStage> Stages)
{
    private const string AtMostOption = "at_most";
    private const string Unreadable = "Write 'stages:' and under it a list.";

    /// <summary>The YAML; null where a program made the plan of decisions.</summary>
    public string? Text { get; init; }

    /// <summary>The file as it was read; null where the plan comes from options or from a program.</summary>
    public string? File { get; init; }

    /// <summary>What an edited plan still is recognised by: its file, else its stages.</summary>
    internal string Identity => File is { } file
        ? System.IO.Path.GetFullPath(file)
        : string.Join('\n', Stages.Select(stage => $"{stage.Kind} {stage.Stage.Rule} {stage.Options}"));

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="services">What stages are made with.</param>
    /// <exception cref="BadInputException">It can't be read, or names unknown stages or options, or values out of range: all errors at once, with their lines.</exception>
    public static PlanFile Read(string path, StageServices services)
    {
        try
        {
            return Parse(System.IO.File.ReadAllText(path, Charset.Utf8), path, services) with { File = path };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), inner: error);
        }
    }

    /// <summary>A plan of one stage whose decisions are made already.</summary>
    /// <param name="decisions">One a document.</param>
    /// <param name="where">Where they come from, for errors.</param>
    /// <param name="inputs">What they rest on: name → SHA-256.</param>
    /// <exception cref="BadInputException">A document is decided on twice.</exception>
    public static PlanFile Of(IEnumerable<Decision> decisions, string where, IReadOnlyDictionary<string, string>? inputs = null)
    {
        Decision[] all = [.. decisions];
        var hash = Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(all, JsonDefaults.Options));
        return new PlanFile(where, [new PlannedStage("decided", new DecidedStage(all, where, inputs), 1) { Options = hash }]);
    }

    /// <inheritdoc cref="Read"/>
    /// <param name="text">The YAML.</param>
    /// <param name="path">The file that it comes from, for errors and for paths in it.</param>
    /// <param name="services">What stages are made with.</param>
    public static PlanFile Parse(string text, string path, StageServices services)
    {
        var errors = new PlanErrors();
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var root = Root(text, path);
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
        return new PlanFile(path, stages) { Text = text };
    }

    private static YamlMappingNode Root(string text, string path)
    {
        try
        {
            using var reader = new StringReader(text);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents is [{ RootNode: YamlMappingNode mapping }]
                ? mapping
                : throw new BadInputException(path, "isn't one YAML mapping", remedy: Unreadable);
        }
        catch (YamlException error)
        {
            throw new BadInputException(path, $"isn't YAML: {(error.InnerException ?? error).Message}", line: error.Start.Line, inner: error);
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
        var atMost = given.NumberOrNone(AtMostOption, 0, 1);
        var stage = kind.Make(given, services);
        given.RefuseUnknown();
        return new PlannedStage(kind.Name, stage, line) { AtMost = atMost, Options = OptionsOf(options) };
    }

    /// <summary>What the stage's decisions hang on, whatever the spelling's spaces, comments and order.</summary>
    private static string OptionsOf(YamlNode? options) => options is not YamlMappingNode mapping ? "" : string.Join(
        "\n",
        mapping.Children.Where(option => $"{option.Key}" != AtMostOption).Select(option => $"{option.Key}: {option.Value}").Order(StringComparer.Ordinal));
}

/// <summary>A stage of a plan.</summary>
/// <param name="Kind">Its name in the plan.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Line">Its line in the plan, from 1.</param>
public sealed record PlannedStage(string Kind, ICurationStage Stage, long Line)
{
    /// <summary>Largest share of the documents it is given that it may drop, 0 to 1; null: any, with a warning above a fifth.</summary>
    public double? AtMost { get; init; }

    /// <summary>Its own options as the plan gives them, in an order of their own.</summary>
    public string Options { get; init; } = "";
}

/// <summary>A stage whose decisions are made already.</summary>
internal sealed class DecidedStage : ICurationStage
{
    private readonly Dictionary<string, Decision> _decisions = new(StringComparer.Ordinal);

    public DecidedStage(IEnumerable<Decision> decisions, string where, IReadOnlyDictionary<string, string>? inputs)
    {
        Rule = $"decisions of {where}";
        Inputs = inputs ?? new Dictionary<string, string>();
        foreach (var decision in decisions)
        {
            if (!_decisions.TryAdd(decision.Id, decision))
            {
                throw new BadInputException(where, $"document {decision.Id} is decided on twice");
            }
        }
    }

    public string Rule { get; }

    public IReadOnlyDictionary<string, string> Inputs { get; }

    // All of them: those on documents that the corpus doesn't have are the runner's to refuse.
    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context) => _decisions.Values;
}
