using System.Collections.Concurrent;

namespace Tda.Gateway.Costs;

/// <summary>
/// What has been used of each budget. Counted when an exchange is recorded; so what is under way counts when it ends, and those that run side
/// by side may together go beyond a budget. Tokens that nobody counted are estimated from the texts.
/// </summary>
internal sealed class Budgets(LiveOptions live, HeldPrices prices, TimeProvider time)
{
    // Tags' values come from clients, and memory is not theirs to fill: beyond this, new ones share one part of a budget.
    private const int MostParts = 10_000;
    private const string Others = "\n";

    private readonly ConcurrentDictionary<(string Budget, string Of), Spent> _spent = new();

    /// <summary>Whether there is any.</summary>
    public bool Any => live.Current.Costs.Budgets.Count > 0;

    /// <summary>Whether the model of a request decides about one.</summary>
    public bool AnyByModel => live.Current.Costs.Budgets.Values.Any(budget => budget.Model is not null);

    /// <summary>The budget that a request would go on spending though it is used up, and when it begins anew; null when there is none.</summary>
    /// <param name="client">The id of the client's key.</param>
    /// <param name="tags">The request's tags.</param>
    /// <param name="model">Its model.</param>
    public (string Name, TimeSpan Wait)? UsedUp(string? client, IReadOnlyDictionary<string, string> tags, string? model)
    {
        foreach (var (name, budget) in live.Current.Costs.Budgets)
        {
            if (Of(budget, client, tags, model) is { } of && _spent.TryGetValue(Part(name, of), out var spent) && spent.Window == Window(budget)
                && (spent.Tokens >= budget.Tokens || spent.Cost >= (decimal?)budget.Cost))
            {
                return (name, Begin(budget, spent.Window + 1) - time.GetUtcNow());
            }
        }

        return null;
    }

    /// <summary>An exchange was recorded.</summary>
    public void Add(Exchange exchange)
    {
        if (Any)
        {
            var usage = UsageSum.Of(exchange);
            foreach (var (name, budget) in live.Current.Costs.Budgets)
            {
                Add(name, budget, usage, Window(budget, exchange.StartedAt));
            }
        }
    }

    /// <summary>Takes up what the log says was used of the spans that run now.</summary>
    public async Task LoadAsync(IExchangeReader store, CancellationToken cancellationToken)
    {
        foreach (var group in live.Current.Costs.Budgets.GroupBy(budget => budget.Value.Per))
        {
            var window = Window(group.First().Value);
            var usage = await store.UsageAsync(ExchangeFilter.All with { From = Begin(group.First().Value, window) }, cancellationToken);
            foreach (var (name, budget) in group)
            {
                foreach (var row in usage)
                {
                    Add(name, budget, row, window);
                }
            }
        }
    }

    private void Add(string name, BudgetOptions budget, UsageSum usage, long window)
    {
        if (window == Window(budget) && Of(budget, usage.Client, usage.Tags, usage.Model) is { } of)
        {
            if (_spent.Count >= MostParts)
            {
                ForgetPast();
            }

            var added = new Spent(
                window, usage.EstimatedPrompt + usage.EstimatedCompletion, prices.Current?.Cost(usage.Model, usage.EstimatedPrompt, usage.EstimatedCompletion) ?? 0);
            _spent.AddOrUpdate(Part(name, of), added, (_, spent) => spent.Window == window ? new(window, spent.Tokens + added.Tokens, spent.Cost + added.Cost) : added);
        }
    }

    /// <summary>Where a part of a budget is counted.</summary>
    private (string Budget, string Of) Part(string name, string of) =>
        _spent.Count < MostParts || _spent.ContainsKey((name, of)) ? (name, of) : (name, Others);

    private void ForgetPast()
    {
        foreach (var ((budget, part), spent) in _spent)
        {
            if (!live.Current.Costs.Budgets.TryGetValue(budget, out var options) || spent.Window < Window(options))
            {
                _spent.TryRemove((budget, part), out _);
            }
        }
    }

    /// <summary>Whose part of a budget a request spends: a key and a tag's value where each has one; null where the budget isn't for it.</summary>
    private static string? Of(BudgetOptions budget, string? client, IReadOnlyDictionary<string, string> tags, string? model)
    {
        if (budget.Model is not null && (model is null || !ModelPattern.Fits(budget.Model, model)))
        {
            return null;
        }

        if (budget.Key is not null && (client is null || (budget.Key != BudgetOptions.Each && budget.Key != client)))
        {
            return null;
        }

        var of = budget.Key == BudgetOptions.Each ? client! : "";
        if (budget.Tag is not { } tag)
        {
            return of;
        }

        var equals = tag.IndexOf('=', StringComparison.Ordinal);
        var (name, wanted) = (tag[..equals], tag[(equals + 1)..]);
        return !tags.TryGetValue(name, out var value) || (wanted != BudgetOptions.Each && wanted != value) ? null
            : wanted == BudgetOptions.Each ? $"{of}\n{value}"
            : of;
    }

    private long Window(BudgetOptions budget) => Window(budget, time.GetUtcNow());

    private static long Window(BudgetOptions budget, DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / budget.Per.Ticks;

    private static DateTimeOffset Begin(BudgetOptions budget, long window) => DateTimeOffset.UnixEpoch.AddTicks(window * budget.Per.Ticks);

    private sealed record Spent(long Window, long Tokens, decimal Cost);
}
