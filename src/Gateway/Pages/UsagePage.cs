namespace Tda.Gateway.Pages;

/// <summary>What was used of the upstreams: tokens and cost by model, key and tag.</summary>
internal static class UsagePage
{
    private const int DefaultDays = 30;
    private const int MostRows = 100;

    /// <summary>The number of days that the query asks for; null when it can't be one.</summary>
    public static int? ReadDays(IQueryCollection query) =>
        query["days"].ToString() is not { Length: > 0 } text ? DefaultDays
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 3660 ? days
        : null;

    public static async Task<Html> RenderAsync(IExchangeReader store, int days, PriceList? prices, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var usage = await store.UsageAsync(ExchangeFilter.All with { From = now.AddDays(-days) }, cancellationToken);
        var total = UsageTotal.Of("all", usage, prices);
        return Html.Of($"""
            <form method="get" action="/usage"><fieldset><legend>Span</legend>
            <label>Days back <input name="days" inputmode="numeric" value="{days}"></label> <button>Apply</button>
            </fieldset></form>
            <p>Costs are tokens at the prices of today's price list{(prices is null ? Html.Of($", of which there is none: write <code>{PriceList.FileName}</code> into the home") : Html.Of($", in {prices.Currency}"))}.
            Exchanges whose upstream gave no token counts are told, and count nothing.</p>
            {Table("In all", "What", [total])}
            {Table("By model", "Model", UsageTotal.By(UsageGroup.Model, usage, prices))}
            {Table("By client key", "Key", UsageTotal.By(UsageGroup.Key, usage, prices))}
            {Table("By tag", "Tag", UsageTotal.By(UsageGroup.Tag, usage, prices))}
            """);
    }

    private static Html Table(string caption, string what, IReadOnlyList<UsageTotal> rows) => Html.Of($"""
        <div class="scroll"><table>
        <caption>{caption}{(rows.Count > MostRows ? Html.Of($": the {MostRows} largest of {rows.Count}") : Html.Empty)}</caption>
        <thead><tr><th scope="col">{what}</th><th scope="col">Exchanges</th><th scope="col">Prompt tokens</th><th scope="col">Completion tokens</th>
        <th scope="col">Cost</th><th scope="col">Without counts</th><th scope="col">Without a price</th></tr></thead>
        <tbody>{Html.Join(rows.Take(MostRows).Select(Row))}</tbody>
        </table></div>
        """);

    private static Html Row(UsageTotal row) => Html.Of($"""
        <tr><th scope="row">{row.Name ?? "none"}</th><td class="number">{row.Exchanges:N0}</td><td class="number">{row.PromptTokens:N0}</td>
        <td class="number">{row.CompletionTokens:N0}</td><td class="number">{(row.Cost is { } cost ? Html.Of($"{cost:N4}") : Html.Of($"–"))}</td>
        <td class="number">{row.Uncounted:N0}</td><td class="number">{row.Unpriced:N0}</td></tr>
        """);
}
