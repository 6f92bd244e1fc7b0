using Tda.GatewayHost.Terminal;
using Tda.Store;

namespace Tda.GatewayHost.Verbs.Exchanges;

/// <summary>`tda exchanges usage`: tokens and cost by model, key or tag.</summary>
internal static class UsageVerb
{
    private static readonly Argument<string?> Conditions = new("FILTER")
    {
        Description = $"Which exchanges: {FilterText.Summary}",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<UsageGroup?> By = EnumOption.Of<UsageGroup>("--by", "What is added up by", UsageGroup.Model);
    /// <summary>The file with the prices.</summary>
    public static readonly Option<string?> Prices = new("--prices")
    { Description = $"File with the prices of models' tokens [default: {PriceList.FileName} in the home, if it is there]", HelpName = "FILE" };

    public static Command Build() => CommandExtensions.Verb(
        "usage", "Adds up tokens and cost by model, client key or tag.", "tda exchanges usage since:2026-11-01 --by tag", Conditions, By, Prices).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var prices = PricesOf(context);
        var filter = FilterText.Parse(context.Get(Conditions) ?? "");
        await using var store = await context.OpenStoreAsync();
        var usage = await store.UsageAsync(filter, context.Cancel);
        var by = context.Get(By) ?? UsageGroup.Model;
        var rows = UsageTotal.By(by, usage, prices);
        var total = UsageTotal.Of(null, usage, prices);
        return context.Done(new { By = by, prices?.Currency, Total = total, Rows = rows }, console =>
        {
            console.WriteTable(
                [EnumOption.Spelled(by), "exchanges", "prompt", "completion", "cost", "uncounted", "unpriced"],
                rows.Append(total with { Name = "all" }).Select(row => (string[])
                [
                    row.Name ?? "none", $"{row.Exchanges:N0}", $"{row.PromptTokens:N0}", $"{row.CompletionTokens:N0}",
                    row.Cost is { } cost ? $"{cost:N4}" : "", $"{row.Uncounted:N0}", $"{row.Unpriced:N0}",
                ]));
            console.WriteLine(prices is null
                ? $"no prices: write {PriceList.FileName} into the home, or name a file with --prices"
                : $"cost in {prices.Currency}; {store.Location}");
        });
    }

    /// <summary>The prices of the file that is named, or of the home's; null where there are none.</summary>
    internal static PriceList? PricesOf(VerbContext context)
    {
        var own = Path.Combine(context.Home.Root, PriceList.FileName);
        var path = context.Get(Prices) ?? (File.Exists(own) ? own : null);
        return path is null ? null : PriceList.Read(path);
    }
}
