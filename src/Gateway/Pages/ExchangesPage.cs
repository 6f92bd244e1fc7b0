using Microsoft.AspNetCore.WebUtilities;

namespace Tda.Gateway.Pages;

/// <summary>The list of exchanges, newest first, by pages that cost the same however long the log is.</summary>
internal static class ExchangesPage
{
    private const int PageSize = 50;
    private const int PreviewLength = 80;

    // Counting further would make a page of a long log slow.
    private const int MostCounted = 10_000;

    /// <summary>Reads the filter from the query; null when a value can't be one.</summary>
    public static ExchangeFilter? ReadFilter(IQueryCollection query)
    {
        var (state, after) = (Given(query, "state"), Given(query, "after"));
        TerminalState ended = default;
        ExchangeCursor place = default;
        var status = Given(query, "status") is { } text ? StatusRange.Parse(text) : null;
        if ((state is not null && !TerminalStates.TryParse(state, out ended)) || (Given(query, "status") is not null && status is null)
            || (after is not null && !ExchangeCursor.TryParse(after, out place)))
        {
            return null;
        }

        LabelCondition? label = null;
        if (Given(query, "label") is { } condition)
        {
            try
            {
                label = LabelCondition.Parse(condition);
            }
            catch (UsageException)
            {
                return null;
            }
        }

        return new()
        {
            FeedbackLabel = label?.Label,
            LabelValue = label?.Bound,
            State = state is null ? null : ended,
            After = after is null ? null : place,
            Model = Given(query, "model"),
            Route = Given(query, "route"),
            Status = status,
            Text = Given(query, "text"),
            Limit = PageSize + 1,
        };
    }

    public static async Task<Html> RenderAsync(IExchangeReader store, ExchangeFilter filter, PriceList? prices, CancellationToken cancellationToken)
    {
        // One more than a page is asked for, to know whether there is a next page.
        var exchanges = await store.ListAsync(filter, cancellationToken).ToListAsync(cancellationToken);
        var more = exchanges.Count > PageSize;
        var shown = exchanges.Take(PageSize).ToList();
        var total = filter.After is null && !more ? shown.Count : await store.CountUpToAsync(filter, MostCounted + 1, cancellationToken);
        var list = shown.Count == 0 ? Html.Of($"<p>No exchange matches.</p>") : Table(shown, total, prices);
        return Html.Of($"{FilterForm(filter)}{list}{Paging(filter, more ? shown[^1].Cursor : null)}");
    }

    private static string? Given(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;

    private static Html FilterForm(ExchangeFilter filter) => Html.Of($"""
        <form method="get" action="/">
        <fieldset><legend>Filter</legend>
        <label>Text in prompt or response <input name="text" value="{filter.Text}"></label>
        <label>Model <input name="model" value="{filter.Model}"></label>
        <label>Route <input name="route" value="{filter.Route}"></label>
        <label>Status <input name="status" value="{filter.Status?.ToString()}" placeholder="429, 4xx"></label>
        <label>State <select name="state"><option value="">any</option>{Html.Join(TerminalStates.All.Select(state => Option(state, filter.State)))}</select></label>
        <label>Label <input name="label" value="{Spelled(filter)}" placeholder="harm&gt;=.5"></label>
        <button>Apply</button>
        </fieldset>
        </form>
        """);

    private static string? Spelled(ExchangeFilter filter) =>
        filter.FeedbackLabel is { } label ? new LabelCondition(label, filter.LabelValue ?? LabelBound.Likely).ToString() : null;

    private static Html Option(TerminalState state, TerminalState? chosen) =>
        Html.Of($"<option value=\"{state.Name()}\"{(state == chosen ? Html.Of($" selected") : Html.Empty)}>{state.Name()}</option>");

    private static Html Table(List<ExchangeSummary> exchanges, long total, PriceList? prices) => Html.Of($"""
        <div class="scroll"><table>
        <caption>Exchanges, newest first: {exchanges.Count} of {(total > MostCounted ? Html.Of($"more than {MostCounted:N0}") : Html.Of($"{total:N0}"))}</caption>
        <thead><tr><th scope="col">Started (UTC)</th><th scope="col">Model, route</th><th scope="col">Prompt</th><th scope="col">Response</th>
        <th scope="col">State, status</th><th scope="col">Tokens</th>{Html.If(prices is not null, () => Html.Of($"<th scope=\"col\">Cost, {prices!.Currency}</th>"))}<th scope="col">Time, ms</th></tr></thead>
        <tbody>
        {Html.Join(exchanges.Select(exchange => Row(exchange, prices)))}
        </tbody>
        </table></div>
        """);

    private static Html Row(ExchangeSummary exchange, PriceList? prices) => Html.Of($"""
        <tr><th scope="row"><a href="/exchanges/{exchange.Id}"><time datetime="{exchange.StartedAt:O}">{exchange.StartedAt:yyyy-MM-dd HH:mm:ss}</time></a></th>
        <td>{exchange.Model ?? "–"}<br>{exchange.Route}</td><td class="preview">{Cut(exchange.PromptPreview)}</td><td class="preview">{Cut(exchange.ResponsePreview)}</td>
        <td class="state {exchange.State.Name()}">{exchange.State.Name()}{(exchange.Streamed ? ", streamed" : "")}{(exchange.HasParseError ? ", not parsed" : "")}<br>{(exchange.Status is { } status ? Html.Of($"{status}") : Html.Of($"–"))}</td>
        <td class="number">{(exchange.TotalTokens is { } tokens ? Html.Of($"{tokens}") : Html.Of($"–"))}</td>
        {Html.If(prices is not null, () => Html.Of($"<td class=\"number\">{Cost(exchange, prices!)}</td>"))}
        <td class="number">{exchange.TotalMs:F0}</td></tr>
        """);

    private static string Cost(ExchangeSummary exchange, PriceList prices) =>
        prices.Cost(exchange.Model, exchange.PromptTokens, exchange.CompletionTokens) is { } cost ? FormattableString.Invariant($"{cost:0.000000}") : "–";

    private static string Cut(string? text) => text is null ? "–" : text.Length <= PreviewLength ? text : text[..PreviewLength] + "…";

    private static Html Paging(ExchangeFilter filter, ExchangeCursor? next) => Html.Of($"""
        <nav aria-label="Paging" class="paging">
        {Html.If(filter.After is not null, () => Html.Of($"<a href=\"{Link(filter, null)}\">Newest</a>"))}
        {Html.If(next is not null, () => Html.Of($"<a rel=\"next\" href=\"{Link(filter, next)}\">Older</a>"))}
        </nav>
        """);

    private static string Link(ExchangeFilter filter, ExchangeCursor? after)
    {
        var query = new Dictionary<string, string?>
        {
            ["text"] = filter.Text,
            ["model"] = filter.Model,
            ["route"] = filter.Route,
            ["status"] = filter.Status?.ToString(),
            ["state"] = filter.State?.Name(),
            ["label"] = Spelled(filter),
            ["after"] = after?.ToString(),
        };
        return QueryHelpers.AddQueryString("/", query.Where(pair => pair.Value is not null));
    }
}
