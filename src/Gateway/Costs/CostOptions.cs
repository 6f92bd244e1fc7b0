namespace Tda.Gateway.Costs;

/// <summary>What tokens cost, and how many may be used.</summary>
public sealed record CostOptions
{
    /// <summary>The file with the prices of models' tokens; null takes <c>prices.json</c> in the home, if it is there. Default null.</summary>
    [NeedsRestart]
    public string? Prices { get; init; }

    /// <summary>Budgets by name: whoever has used one up gets 429 until it begins anew. Default none.</summary>
    public IReadOnlyDictionary<string, BudgetOptions> Budgets { get; init; } = new Dictionary<string, BudgetOptions>();

    internal IEnumerable<OptionError> Errors(GatewayOptions options) => new GroupChecks("costs")
        .Add(Budgets.SelectMany(budget => budget.Value.Errors(ConfigPath.Member("costs.budgets", budget.Key))))
        .Require(Budgets.Count == 0 || (options.Sample >= 1 && options.Routes.Values.All(route => route.Sample is null or >= 1)), "budgets",
            "need every exchange recorded, since they count by the record: 'sample' must be 1 for all routes")
        .Errors;
}

/// <summary>What may be used of the upstream in a span of time, and by whom.</summary>
public sealed record BudgetOptions
{
    /// <summary>A value that stands for each: every key, or every value of a tag, has this budget for itself.</summary>
    public const string Each = "*";

    /// <summary>The client key's id, or <c>*</c> for each key; null for all. Default null.</summary>
    public string? Key { get; init; }

    /// <summary>The tag, <c>name=value</c>, or <c>name=*</c> for each of its values; null for all. Default null.</summary>
    public string? Tag { get; init; }

    /// <summary>The model, e.g. <c>gpt-4o*</c>; null for all. Default null.</summary>
    public string? Model { get; init; }

    /// <summary>Tokens of prompts and completions together, more than 0; null for no limit. Default null.</summary>
    public long? Tokens { get; init; }

    /// <summary>Cost in the prices' currency, more than 0; null for no limit. Default null.</summary>
    public double? Cost { get; init; }

    /// <summary>After how long it begins anew, counted from the beginning of 1970 (UTC), so that a day's ends at midnight. Default 24 hours, 1 minute or more.</summary>
    public TimeSpan Per { get; init; } = TimeSpan.FromDays(1);

    internal IEnumerable<OptionError> Errors(string path) => new GroupChecks(path)
        .Require(Tokens is not null || Cost is not null, "tokens", "give tokens or cost, else it limits nothing")
        .Require(Tokens is null or > 0, "tokens", $"must be more than 0, not {Tokens}")
        .Require(Cost is null or (> 0 and <= 1e12), "cost", $"must be more than 0, and at most 1e12, not {Cost}")
        .Require(Per >= TimeSpan.FromMinutes(1), "per", $"must be 1 minute or more, not {Per}")
        .Require(Key is null or { Length: > 0 }, "key", "must not be empty")
        .Require(Model is null or { Length: > 0 }, "model", "must not be empty")
        .Require(Tag is null || Tag.IndexOf('=', StringComparison.Ordinal) is > 0, "tag", "must be name=value, or name=* for each of its values")
        .Errors;
}
