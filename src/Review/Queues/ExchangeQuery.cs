using Microsoft.AspNetCore.WebUtilities;

namespace Tda.Review.Queues;

/// <summary>A filter of exchanges in an address: read strictly, so that nothing that was asked for is passed over in silence.</summary>
internal static class ExchangeQuery
{
    private static readonly HashSet<string> Known =
        new(StringComparer.Ordinal) { "text", "model", "route", "status", "state", "label", "tag", "since", "before", "client", "review", "order", "after" };

    /// <summary>Reads the filter; null, with what is wrong, when a value can't be one or a name is none.</summary>
    public static ExchangeFilter? Read(IQueryCollection query, out string? fault)
    {
        var (filter, wrong) = Read(query);
        fault = wrong;
        return wrong is null ? filter : null;
    }

    private static (ExchangeFilter Filter, string? Fault) Read(IQueryCollection query)
    {
        var fault = query.Keys.FirstOrDefault(name => !Known.Contains(name)) is { } unknown ? $"'{unknown}' is no filter; there are {string.Join(", ", Known.Order())}" : null;
        TerminalState state = default;
        ExchangeCursor after = default;
        DateTimeOffset since = default, before = default;
        ReviewStatus review = default;
        LabelCondition? label = null;
        if (Given(query, "label") is { } condition)
        {
            try
            {
                label = LabelCondition.Parse(condition);
            }
            catch (UsageException error)
            {
                fault ??= error.Message;
            }
        }

        var status = Given(query, "status") is { } text ? StatusRange.Parse(text) : null;
        Check("status", status is not null, "a status such as 429, or 4xx");
        Check("state", TerminalStates.TryParse(Given(query, "state"), out state), $"one of {string.Join(", ", TerminalStates.All.Select(one => one.Name()))}");
        Check("after", ExchangeCursor.TryParse(Given(query, "after"), out after), "a page's own link");
        Check("since", Given(query, "since") is { } from && FilterText.TryTime(from, out since), FilterText.Times);
        Check("before", Given(query, "before") is { } to && FilterText.TryTime(to, out before), FilterText.Times);
        Check("review", Enum.TryParse(Given(query, "review"), ignoreCase: true, out review), "open, decided, disagreed or escalated");
        Check("order", Given(query, "order") is "oldest" or "newest", "oldest or newest");
        var tag = Given(query, "tag")?.Split('=', 2);
        Check("tag", tag is [{ Length: > 0 }, ..], "a name, or name=value");
        return (new()
        {
            Text = Given(query, "text"),
            Model = Given(query, "model"),
            Route = Given(query, "route"),
            Client = Given(query, "client"),
            Status = status,
            State = Given(query, "state") is null ? null : state,
            FeedbackLabel = label?.Label,
            LabelValue = label?.Bound,
            TagName = tag?[0],
            TagValue = tag is [_, var value] ? value : null,
            From = Given(query, "since") is null ? null : since,
            To = Given(query, "before") is null ? null : before,
            Review = Given(query, "review") is null ? null : new() { Status = review },
            OldestFirst = Given(query, "order") == "oldest",
            After = Given(query, "after") is null ? null : after,
        }, fault);

        void Check(string name, bool holds, string wanted)
        {
            if (Given(query, name) is not null && !holds)
            {
                fault ??= $"{name} must be {wanted}";
            }
        }
    }

    /// <summary>The address of a page of a queue, or of the log by a filter.</summary>
    public static string Path(DeskQueue? queue, ExchangeFilter filter, ExchangeCursor? after)
    {
        Dictionary<string, string?> query = queue is not null ? [] : new()
        {
            ["text"] = filter.Text,
            ["model"] = filter.Model,
            ["route"] = filter.Route,
            ["client"] = filter.Client,
            ["status"] = filter.Status?.ToString(),
            ["state"] = filter.State?.Name(),
            ["label"] = Label(filter),
            ["tag"] = Tag(filter),
            ["since"] = Day(filter.From),
            ["before"] = Day(filter.To),
            ["review"] = filter.Review?.Status is { } status ? Rendering.Shown.Word(status) : null,
            ["order"] = filter.OldestFirst ? "oldest" : null,
        };
        query["after"] = after?.ToString();
        return QueryHelpers.AddQueryString(queue is null ? "/exchanges" : $"/desk/{queue.Name}", query.Where(pair => pair.Value is not null));
    }

    /// <summary>The label's condition as it is typed.</summary>
    public static string? Label(ExchangeFilter filter) =>
        filter.FeedbackLabel is { } label ? new LabelCondition(label, filter.LabelValue ?? LabelBound.Likely).ToString() : null;

    /// <summary>The tag as it is typed.</summary>
    public static string? Tag(ExchangeFilter filter) => filter.TagName is { } name ? filter.TagValue is { } value ? $"{name}={value}" : name : null;

    /// <summary>A time as it is typed.</summary>
    public static string? Day(DateTimeOffset? time) =>
        time?.ToUniversalTime() is { } utc ? utc.ToString(utc.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : null;

    private static string? Given(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
}
