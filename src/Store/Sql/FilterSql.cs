using Dapper;
using Tda.Store.Reviews;

namespace Tda.Store.Sql;

/// <summary>A filter as FROM and WHERE with parameters; no value ever becomes part of the text.</summary>
/// <remarks>
/// The table that is read in the order of places comes first: words, tags, feedback or reviews where these are asked for, so that
/// a page ends as soon as it is full, without sorting.
/// </remarks>
internal sealed class FilterSql
{
    // A prime, whose square a bigint holds: SQLite and PostgreSQL part ways where it doesn't.
    private const int SamplePrime = int.MaxValue;

    private readonly List<string> _conditions = [];
    private readonly SearchSql _search;

    public FilterSql(ExchangeFilter filter, ISqlDialect dialect)
    {
        _search = dialect.Search;
        From = "exchanges e";
        Place = "e.place";
        var driven = false;
        if (!string.IsNullOrWhiteSpace(filter.Text))
        {
            AddText(filter.Text, ref driven);
        }

        AddTag(filter, ref driven);
        AddFeedback(filter, ref driven);
        AddReview(filter.Review, ref driven);
        AddSample(filter.Sample);
        Add(filter.From is not null, $"{Place} >= @from", "from", filter.From is { } from ? FirstPlace(from) : null);
        Add(filter.To is not null, $"{Place} < @to", "to", filter.To is { } to ? FirstPlace(to) : null);
        Add(filter.Model is not null, "e.model = @model", "model", filter.Model);
        Add(filter.Route is not null, "e.route = @route", "route", filter.Route);
        Add(filter.Client is not null, "e.client = @client", "client", filter.Client);
        Add(filter.Status is not null, "e.status >= @statusLow", "statusLow", filter.Status?.Low);
        Add(filter.Status is not null, "e.status <= @statusHigh", "statusHigh", filter.Status?.High);
        Add(filter.State is not null, "e.state = @state", "state", filter.State?.Name());
        Add(filter.Streamed is not null, "e.streamed = @streamed", "streamed", filter.Streamed);
    }

    public DynamicParameters Parameters { get; } = new();

    /// <summary>The tables, of which <c>exchanges</c> is <c>e</c>.</summary>
    public string From { get; private set; }

    /// <summary>The column to order by.</summary>
    public string Place { get; private set; }

    public string Where => _conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", _conditions);

    /// <summary>Adds the keyset condition: strictly after a place, in the order asked for.</summary>
    public void GoOnAfter(ExchangeCursor cursor, bool oldestFirst) =>
        Add(true, $"{Place} {(oldestFirst ? ">" : "<")} @after", "after", cursor.Place);

    private static long FirstPlace(DateTimeOffset time) => ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(time));

    private void AddText(string text, ref bool driven)
    {
        var phrases = SearchText.Parse(text);
        if (phrases.Count == 0)
        {
            _conditions.Add("1 = 0"); // a text without a word is in no exchange
            return;
        }

        if (_search.Driver is { } driver)
        {
            (From, Place) = driver;
            driven = true;
        }

        Add(true, _search.Condition, "text", _search.Query(phrases));
    }

    private void AddTag(ExchangeFilter filter, ref bool driven)
    {
        if (filter.TagName is null)
        {
            if (filter.TagValue is not null)
            {
                throw new ArgumentException("a tag's value needs the tag's name", nameof(filter));
            }

            return;
        }

        Parameters.Add("tagName", filter.TagName);
        Parameters.Add("tagValue", filter.TagValue);
        AddMark("exchange_tags", "t", filter.TagValue is null ? "t.name = @tagName" : "t.name = @tagName AND t.value = @tagValue", ref driven);
    }

    private void AddFeedback(ExchangeFilter filter, ref bool driven)
    {
        if (filter.FeedbackLabel is { } label)
        {
            var bound = filter.LabelValue ?? LabelBound.Likely;
            var comparison = bound.Comparison switch
            {
                LabelComparison.AtLeast => ">=",
                LabelComparison.Above => ">",
                LabelComparison.AtMost => "<=",
                _ => "<",
            };
            Parameters.Add("label", label);
            Parameters.Add("labelValue", bound.Value);
            AddMark("feedback_labels", "f", $"f.label = @label AND f.value {comparison} @labelValue", ref driven);
        }
        else if (filter.HasFeedback)
        {
            Parameters.Add("label", "");
            AddMark("feedback_labels", "f", "f.label = @label", ref driven);
        }
    }

    // Looked up as a value of each candidate, which no planner turns into a join that reads every state before the first row; and by place,
    // so that counting needs no more of an exchange than an index has.
    private void AddReview(ReviewCondition? review, ref bool driven)
    {
        if (review?.Status is { } status)
        {
            Parameters.Add("reviewStatus", ReviewRows.Word(status));
            if (status == ReviewStatus.Open || driven)
            {
                _conditions.Add($"COALESCE((SELECT r.status FROM review_states r WHERE r.place = {Place}), 'open') = @reviewStatus");
            }
            else
            {
                AddMark("review_states", "r", "r.status = @reviewStatus AND r.place IS NOT NULL", ref driven);
            }
        }

        if (review?.WaitingFor is { } reviewer)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(review.ReviewersNeeded, 1, nameof(review));
            Parameters.Add("reviewersNeeded", review.ReviewersNeeded);
            _conditions.Add($"""
                NOT COALESCE(
                    (SELECT v.reviewers >= @reviewersNeeded OR v.status = 'escalated' OR v.adjudicated FROM review_states v WHERE v.place = {Place}), FALSE)
                """);
            if (review.ReviewersNeeded > 1)
            {
                // Where nobody adjudicated, whose decision counts is whoever has one that wasn't taken back. COALESCE keeps SQLite from the index
                // of reviewers, by which it would go through all that one has ever decided for each candidate.
                Parameters.Add("waitingFor", StoredText.Of(reviewer));
                _conditions.Add($"""
                    (SELECT COUNT(*) FROM review_states v {_search.Join} review_decisions d ON d.kind = v.kind AND d.subject = v.subject
                     WHERE v.place = {Place} AND COALESCE(d.by_whom, '') = @waitingFor AND d.undoes IS NULL
                        AND NOT EXISTS (SELECT 1 FROM review_decisions u WHERE u.undoes = d.act)) = 0
                    """);
            }
        }
    }

    // The square scatters times that lie evenly, so that traffic of a regular beat isn't all in or all out.
    private void AddSample(int? sample)
    {
        if (sample is { } oneIn)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(oneIn, 1, nameof(sample));
            Add(true, $"({Place} % {SamplePrime}) * ({Place} % {SamplePrime}) % {SamplePrime} % @sample = 0", "sample", oneIn);
        }
    }

    // The first mark drives; for a further one each candidate is looked up.
    private void AddMark(string table, string alias, string condition, ref bool driven)
    {
        if (driven)
        {
            _conditions.Add($"EXISTS (SELECT 1 FROM {table} {alias} WHERE {condition} AND {alias}.place = {Place})");
            return;
        }

        driven = true;
        From = $"{table} {alias} {_search.Join} exchanges e ON e.place = {alias}.place";
        Place = $"{alias}.place";
        _conditions.Add(condition);
    }

    private void Add(bool given, string condition, string parameter, object? value)
    {
        if (given)
        {
            _conditions.Add(condition);
            Parameters.Add(parameter, value);
        }
    }
}
