using System.Text.RegularExpressions;

namespace Tda.ProxyTrainer.Models.Adapters;

/// <summary>
/// Low-rank adapters (LoRA, Hu et al. 2021, 2106.09685): a chosen linear layer computes with <c>W + s·B·A</c> (A: rank × in, B: out × rank,
/// s = α/rank), and only A and B are trained.
/// </summary>
public sealed record LoraConfig
{
    /// <summary>Rank, at least 1, of layers that <see cref="RankPattern"/> doesn't name.</summary>
    public required int Rank { get; init; }

    /// <summary>α, finite and not 0, of layers that <see cref="AlphaPattern"/> doesn't name.</summary>
    public required double Alpha { get; init; }

    /// <summary>Scales by <c>α/√rank</c> instead (rsLoRA, Kalajdzievski 2023, 2312.03732). Default no.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Which layers. Default all of attention and MLP.</summary>
    public ModuleSelector Targets { get; init; } = ModuleSelector.AllLinear;

    /// <summary>Layers left out of those; default none.</summary>
    public ModuleSelector? Excluded { get; init; }

    /// <summary>Numbers of the blocks that <see cref="Targets"/> is about, where it is a list of endings; null: all.</summary>
    public IReadOnlyList<int>? Blocks { get; init; }

    /// <summary>Ranks of some layers, by a regular expression for the end of their names; the first that matches counts.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>α of some layers, in the same way.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>What the adapters were made for, as the file names it; it says nothing that is relied on.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The rank of a layer.</summary>
    public int RankOf(string module) => Find(RankPattern, module, Rank);

    /// <summary>s of a layer.</summary>
    public double ScaleOf(string module) =>
        Find(AlphaPattern, module, Alpha) / (RankStabilized ? Math.Sqrt(RankOf(module)) : RankOf(module));

    /// <summary>Whether a layer gets an adapter.</summary>
    public bool Selects(string module) => Excluded?.Matches(module) != true && Targets.Matches(module)
        && (Blocks is null || Targets.Names.Contains(module) || Blocks.Contains(BlockOf(module)));

    /// <summary>How many numbers A and B of all chosen layers have.</summary>
    /// <param name="model">The base's shape.</param>
    public long ParameterCount(ModelConfig model) =>
        Layers(model).Where(layer => Selects(layer.Module)).Sum(layer => RankOf(layer.Module) * (layer.Outputs + layer.Inputs));

    /// <exception cref="UsageException">Every value out of range, at once.</exception>
    public void Validate()
    {
        var checks = new OptionChecks().AtLeast("rank", Rank, 1).Require(Scales(Alpha), "alpha", Alpha, "finite and not 0");
        foreach (var (module, rank) in RankPattern)
        {
            checks.AtLeast($"rank of {module}", rank, 1);
        }

        foreach (var (module, alpha) in AlphaPattern)
        {
            checks.Require(Scales(alpha), $"alpha of {module}", alpha, "finite and not 0");
        }

        checks.Throw("The adapters'");
    }

    /// <summary>The same, and that every name means a layer of a model. A file's needn't: PEFT's lists are often of several families at once.</summary>
    /// <param name="model">The model that is to get adapters.</param>
    /// <exception cref="UsageException">A value is out of range, or a target is none of the layers.</exception>
    public void Validate(ModelConfig model)
    {
        Validate();
        string[] modules = [.. Layers(model).Select(layer => layer.Module)];
        var unknown = Targets.Names.Where(name => !modules.Any(new ModuleSelector([name]).Matches)).ToArray();
        if (unknown.Length > 0 || !modules.Any(Selects))
        {
            throw NoLayer(unknown.Length > 0 ? string.Join(", ", unknown) : $"{Targets}", modules);
        }
    }

    /// <summary>What the names of a model's linear layers end in, each once: what a list of targets may hold.</summary>
    internal static string[] Endings(IEnumerable<string> modules) => [.. modules.Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct()];

    /// <summary>The error of targets that choose nothing.</summary>
    internal static UsageException NoLayer(string targets, IEnumerable<string> modules) =>
        new($"No linear layer of this model is {targets}: it has {string.Join(", ", Endings(modules))}.");

    private static IEnumerable<(string Module, long Outputs, long Inputs)> Layers(ModelConfig model) => ParameterLayout.Of(model)
        .Where(spec => spec.IsBlockMatrix).Select(spec => (spec.Layer, spec.Shape[0], spec.Shape[1]));

    private static bool Scales(double alpha) => double.IsFinite(alpha) && alpha != 0;

    private static T Find<T>(IEnumerable<KeyValuePair<string, T>> patterns, string module, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (ModuleSelector.IsWhole(module, $"(.*\\.)?({pattern})"))
            {
                return value;
            }
        }

        return otherwise;
    }

    // The first number between dots that stands behind two other parts: model.layers.7.self_attn.q_proj.
    private static int BlockOf(string module) =>
        module.Split('.').Skip(2).Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : -1)
            .FirstOrDefault(block => block >= 0, -1);
}

/// <summary>Chooses linear layers by name, as PEFT's <c>target_modules</c> does.</summary>
/// <param name="Names">Whole names, or what they end in behind a dot: <c>q_proj</c>.</param>
/// <param name="Pattern">A regular expression for the whole name, instead of the names.</param>
public sealed record ModuleSelector(IReadOnlyList<string> Names, string? Pattern = null)
{
    private const string AllName = "all-linear";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Every linear layer of attention and MLP: not the head, not the embedding.</summary>
    public static ModuleSelector AllLinear { get; } = new([], AllName);

    /// <summary>Whether it is <see cref="AllLinear"/>.</summary>
    public bool IsAll => string.Equals(Pattern, AllName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a layer of this name is meant. Ask it of linear layers of attention and MLP alone.</summary>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    /// <exception cref="RegexMatchTimeoutException">The pattern takes too long.</exception>
    public bool Matches(string module) => IsAll
        || (Pattern is not null ? IsWhole(module, Pattern) : Names.Any(name => module == name || module.EndsWith("." + name, StringComparison.Ordinal)));

    public override string ToString() => Pattern is { } pattern ? $"\"{pattern}\"" : string.Join(", ", Names);

    /// <summary>Whether a regular expression matches a name from its beginning to its end.</summary>
    internal static bool IsWhole(string module, string pattern) =>
        Regex.IsMatch(module, $@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, Longest);
}
