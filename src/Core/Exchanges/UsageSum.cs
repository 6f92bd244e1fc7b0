namespace Tda.Core.Exchanges;

/// <summary>What exchanges that have key, model and tags in common used.</summary>
/// <param name="Client">The id of their client key; null without one.</param>
/// <param name="Model">Their model; null where it isn't known.</param>
/// <param name="Tags">Their tags.</param>
/// <param name="Exchanges">How many they are.</param>
/// <param name="Counted">How many of them came with token counts.</param>
/// <param name="Uncounted">How many of them had a text and no error, but no token counts.</param>
/// <param name="PromptTokens">Tokens of prompts, as the upstream counted them.</param>
/// <param name="CompletionTokens">Tokens of completions.</param>
/// <param name="UncountedPrompt">Characters of the prompts whose tokens nobody counted.</param>
/// <param name="UncountedResponse">Characters of the responses whose tokens nobody counted.</param>
public sealed record UsageSum(
    string? Client,
    string? Model,
    IReadOnlyDictionary<string, string> Tags,
    long Exchanges,
    long Counted,
    long Uncounted,
    long PromptTokens,
    long CompletionTokens,
    long UncountedPrompt,
    long UncountedResponse)
{
    // English text has about four characters a token; other text fewer, so that too little is counted rather than none.
    private const int CharactersOfToken = 4;

    private const int FirstError = 400;

    /// <summary>What one exchange used.</summary>
    public static UsageSum Of(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var counted = exchange.Usage is { PromptTokens: not null } or { CompletionTokens: not null };
        var uncounted = !counted && exchange.Status is not >= FirstError && (exchange.Prompt is not null || exchange.Response is not null);
        return new(
            exchange.Client, exchange.Model, exchange.Tags, 1, counted ? 1 : 0, uncounted ? 1 : 0,
            exchange.Usage?.PromptTokens ?? 0, exchange.Usage?.CompletionTokens ?? 0,
            uncounted ? exchange.Prompt?.Length ?? 0 : 0, uncounted ? exchange.Response?.Length ?? 0 : 0);
    }

    /// <summary>Tokens of prompts, with an estimate of those that nobody counted.</summary>
    public long EstimatedPrompt => PromptTokens + Tokens(UncountedPrompt);

    /// <summary>Tokens of completions, with an estimate of those that nobody counted.</summary>
    public long EstimatedCompletion => CompletionTokens + Tokens(UncountedResponse);

    private static long Tokens(long characters) => (characters + CharactersOfToken - 1) / CharactersOfToken;
}

/// <summary>By what usage is added up.</summary>
public enum UsageGroup
{
    /// <summary>The model.</summary>
    Model,

    /// <summary>The client key.</summary>
    Key,

    /// <summary>Each tag with its value. An exchange with several counts under each.</summary>
    Tag,
}

/// <summary>A row of what was used, in all or by model, key or tag.</summary>
public sealed record UsageTotal
{
    /// <summary>The model, the key's id, or <c>tag=value</c>; null where exchanges have none.</summary>
    public string? Name { get; init; }

    /// <summary>Exchanges.</summary>
    public long Exchanges { get; init; }

    /// <summary>How many of them had a text and no error, but no token counts: they count nothing here.</summary>
    public long Uncounted { get; init; }

    /// <summary>Tokens of prompts.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Tokens of completions.</summary>
    public long CompletionTokens { get; init; }

    /// <summary>What they cost; null where no model of them has a price.</summary>
    public decimal? Cost { get; init; }

    /// <summary>How many of them had token counts, but a model without a price.</summary>
    public long Unpriced { get; init; }

    /// <summary>Adds usage up, the largest first.</summary>
    public static IReadOnlyList<UsageTotal> By(UsageGroup group, IEnumerable<UsageSum> usage, PriceList? prices) =>
    [
        .. usage.SelectMany(row => Names(group, row).Select(name => (Name: name, Row: row)))
            .GroupBy(pair => pair.Name, pair => pair.Row)
            .Select(rows => Of(rows.Key, rows, prices))
            .OrderByDescending(total => total.Cost ?? 0)
            .ThenByDescending(total => total.PromptTokens + total.CompletionTokens)
            .ThenBy(total => total.Name, StringComparer.Ordinal),
    ];

    /// <summary>Adds all of it up.</summary>
    public static UsageTotal Of(string? name, IEnumerable<UsageSum> usage, PriceList? prices)
    {
        var total = new UsageTotal { Name = name };
        foreach (var row in usage)
        {
            var cost = row.Counted > 0 ? prices?.Cost(row.Model, row.PromptTokens, row.CompletionTokens) : null;
            total = total with
            {
                Exchanges = total.Exchanges + row.Exchanges,
                Uncounted = total.Uncounted + row.Uncounted,
                PromptTokens = total.PromptTokens + row.PromptTokens,
                CompletionTokens = total.CompletionTokens + row.CompletionTokens,
                Cost = cost is null ? total.Cost : (total.Cost ?? 0) + cost,
                Unpriced = total.Unpriced + (cost is null ? row.Counted : 0),
            };
        }

        return total;
    }

    private static IEnumerable<string?> Names(UsageGroup group, UsageSum row)
    {
        string?[] one = [group == UsageGroup.Model ? row.Model : group == UsageGroup.Key ? row.Client : null];
        return group == UsageGroup.Tag && row.Tags.Count > 0 ? row.Tags.Select(string? (tag) => $"{tag.Key}={tag.Value}") : one;
    }
}
