using Tda.ProxyTrainer.Models.Adapters;

namespace Tda.Cli.Verbs.Surrogates;

/// <summary>Options of a verb that trains low-rank adapters instead of all weights.</summary>
internal static class LoraOptions
{
    private static readonly Option<int?> Rank = CliOption.Optional<int?>("--lora-rank", "R",
        "Train low-rank adapters (LoRA) of this rank and leave the base's weights as they are").Within(1, 4096);
    private static readonly Option<double?> Alpha = CliOption.Optional<double?>("--lora-alpha", "A",
        "Adapters count A / R in the weights; default 2 R");
    private static readonly Option<string?> Targets = CliOption.Text("--lora-targets", "NAMES",
        "Layers that get one: what their names end in, such as q_proj,v_proj; all-linear (default): all of attention and MLP");

    public static IReadOnlyList<Option> All { get; } = [Rank, Alpha, Targets];

    /// <summary>What was asked for; null: no adapters.</summary>
    /// <exception cref="UsageException">Something of adapters that need a rank first.</exception>
    public static LoraConfig? Read(VerbContext context)
    {
        var targets = context.Get(Targets);
        if (context.Get(Rank) is not { } rank)
        {
            return context.Get(Alpha) is null && targets is null ? null : throw new UsageException("--lora-alpha and --lora-targets need --lora-rank.");
        }

        return new LoraConfig
        {
            Rank = rank,
            Alpha = context.Get(Alpha) ?? 2 * rank,
            Targets = targets is null || new ModuleSelector([], targets).IsAll
                ? ModuleSelector.AllLinear
                : new ModuleSelector(targets.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        };
    }
}
