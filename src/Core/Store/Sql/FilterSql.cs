using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Core.Store.Sql;

/// <summary>A filter as a WHERE clause with parameters; no value ever becomes part of the text.</summary>
internal sealed class FilterSql
{
    private readonly List<string> _conditions = [];

    public FilterSql(ExchangeFilter filter, ISqlDialect dialect)
    {
        Add(filter.From is not null, "e.started_at >= @from", "from", filter.From is { } from ? ExchangeTime.ToMicroseconds(from) : null);
        Add(filter.To is not null, "e.started_at < @to", "to", filter.To is { } to ? ExchangeTime.ToMicroseconds(to) : null);
        Add(filter.Model is not null, "e.model = @model", "model", filter.Model);
        Add(filter.Route is not null, "e.route = @route", "route", filter.Route);
        Add(filter.State is not null, "e.state = @state", "state", filter.State?.Name());
        Add(filter.Streamed is not null, "e.streamed = @streamed", "streamed", filter.Streamed);
        AddTag(filter);
        Add(
            !string.IsNullOrEmpty(filter.Text),
            $"({dialect.Contains("e.prompt", "@text")} OR {dialect.Contains("e.response", "@text")})",
            "text",
            $"%{EscapeLike(filter.Text ?? "")}%");
    }

    public DynamicParameters Parameters { get; } = new();

    public string Where => _conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", _conditions);

    /// <summary>Adds the keyset condition: strictly after a place, in the order asked for.</summary>
    public void GoOnAfter(ExchangeCursor cursor, bool oldestFirst)
    {
        Parameters.Add("afterTime", ExchangeTime.ToMicroseconds(cursor.StartedAt));
        Add(true, $"(e.started_at, e.id) {(oldestFirst ? ">" : "<")} (@afterTime, @afterId)", "afterId", cursor.Id);
    }

    private void AddTag(ExchangeFilter filter)
    {
        if (filter.TagName is null)
        {
            if (filter.TagValue is not null)
            {
                throw new ArgumentException("a tag's value needs the tag's name", nameof(filter));
            }

            return;
        }

        var value = filter.TagValue is null ? "" : " AND t.value = @tagValue";
        Parameters.Add("tagValue", filter.TagValue);
        Add(true, $"EXISTS (SELECT 1 FROM exchange_tags t WHERE t.exchange_id = e.id AND t.name = @tagName{value})", "tagName", filter.TagName);
    }

    private void Add(bool given, string condition, string parameter, object? value)
    {
        if (given)
        {
            _conditions.Add(condition);
            Parameters.Add(parameter, value);
        }
    }

    private static string EscapeLike(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
