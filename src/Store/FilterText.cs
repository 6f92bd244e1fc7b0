using Tda.Store.Reviews;

namespace Tda.Store;

/// <summary>
/// The language in which people say which exchanges they mean: conditions <c>field:value</c>, all of which must hold, with spaces or commas
/// between them, such as <c>label:harm&gt;=.5 model:gpt-4o since:2026-11-01</c>. <c>=</c> serves for the colon too. A value with a space or
/// a comma stands in double quotes.
/// </summary>
public static class FilterText
{
    private static readonly char[] FieldEnds = [':', '='];

    private static readonly Dictionary<string, Func<ExchangeFilter, Term, ExchangeFilter>> Fields = new(StringComparer.Ordinal)
    {
        ["label"] = Labelled,
        ["tag"] = Tagged,
        ["model"] = (filter, term) => filter with { Model = term.Plain },
        ["client"] = (filter, term) => filter with { Client = term.Plain },
        ["route"] = (filter, term) => filter with { Route = term.Plain },
        ["status"] = (filter, term) => filter with { Status = StatusRange.Parse(term.Plain) ?? throw term.Wrong("a status such as 429, or 4xx") },
        ["state"] = (filter, term) => filter with { State = WordOf<TerminalState>(term) },
        ["streamed"] = (filter, term) => filter with { Streamed = bool.TryParse(term.Plain, out var yes) ? yes : throw term.Wrong("true or false") },
        ["contains"] = (filter, term) => filter with { Text = $"{filter.Text} {term.Value}".TrimStart() },
        ["review"] = (filter, term) => filter with { Review = new() { Status = WordOf<ReviewStatus>(term) } },
        ["sample"] = (filter, term) => filter with { Sample = SampleOf(term) },
        ["since"] = (filter, term) => filter with { From = TimeOf(term) },
        ["before"] = (filter, term) => filter with { To = TimeOf(term) },
    };

    /// <summary>One line for helps and errors.</summary>
    public const string Summary =
        "label:NAME[>=V], tag:NAME[=VALUE], model:NAME, client:ID, route:PATH, status:N|Nxx, state:STATE, streamed:true|false, contains:WORD, review:open|decided|disagreed|escalated, sample:N, since:DATE, before:DATE";

    /// <summary>What a time must be, for errors.</summary>
    public const string Times = "a date such as 2026-11-01, or a time such as 2026-11-01T18:30 (UTC where no offset stands)";

    /// <summary>Reads a date or a time, as <c>since</c> and <c>before</c> take it.</summary>
    public static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>Reads a filter; <c>all</c> and an empty text select everything.</summary>
    /// <exception cref="UsageException">A condition isn't one; says at which character, and what it may have meant.</exception>
    public static ExchangeFilter Parse(string text)
    {
        var filter = ExchangeFilter.All;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (word, at) in Words(text))
        {
            if (word == "all")
            {
                continue;
            }

            var end = word.IndexOfAny(FieldEnds);
            var field = end < 0 ? word : word[..end];
            if (end < 0 || !Fields.TryGetValue(field, out var read))
            {
                throw Unknown(text, field, at, known: Fields.ContainsKey(field));
            }

            var term = new Term(text, field, word[(end + 1)..], at + end + 1);
            if (term.Plain.Length == 0)
            {
                throw Error(text, term.At, $"'{field}' needs a value: {field}:VALUE");
            }

            if (!seen.Add(field) && field != "contains")
            {
                throw Error(text, at, $"'{field}' comes twice");
            }

            filter = read(filter, term);
        }

        return filter;
    }

    private static ExchangeFilter Labelled(ExchangeFilter filter, Term term)
    {
        foreach (var (sign, comparison) in LabelCondition.Signs)
        {
            if (term.Value.IndexOf(sign, StringComparison.Ordinal) is var at and > 0)
            {
                var name = (term with { Value = term.Value[..at] }).Plain;
                return double.TryParse(term.Value[(at + sign.Length)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
                    ? filter with { FeedbackLabel = name, LabelValue = new LabelBound(comparison, value) }
                    : throw Error(term.Filter, term.At + at + sign.Length, "a label's value must be a number from 0 to 1, as in label:harm>=.5");
            }
        }

        return filter with { FeedbackLabel = term.Plain };
    }

    private static ExchangeFilter Tagged(ExchangeFilter filter, Term term)
    {
        var pair = term.Value.Split('=', 2);
        return filter with
        {
            TagName = (term with { Value = pair[0] }).Plain,
            TagValue = pair.Length > 1 ? (term with { Value = pair[1] }).Plain : null,
        };
    }

    private static T WordOf<T>(Term term)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetValues<T>().Select(JsonDefaults.Word)];
        var found = Array.IndexOf(names, term.Plain);
        return found >= 0 ? Enum.GetValues<T>()[found] : throw term.Wrong($"one of {string.Join(", ", names)}", NearestNames.Of(term.Plain, names).FirstOrDefault());
    }

    private static int SampleOf(Term term) => int.TryParse(term.Plain, NumberStyles.None, CultureInfo.InvariantCulture, out var oneIn) && oneIn >= 1
        ? oneIn
        : throw term.Wrong("a whole number from 1, for one exchange in so many");

    private static DateTimeOffset TimeOf(Term term) => TryTime(term.Plain, out var time) ? time : throw term.Wrong(Times);

    /// <summary>The parts between spaces and commas that stand outside quotes, each with its place.</summary>
    private static IEnumerable<(string Word, int At)> Words(string text)
    {
        var (start, quoted, opened) = (0, false, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"')
            {
                (quoted, opened) = (!quoted, i);
            }

            if (i == text.Length || (!quoted && (char.IsWhiteSpace(text[i]) || text[i] == ',')))
            {
                if (quoted)
                {
                    throw Error(text, opened, "the quotation mark isn't closed");
                }

                if (i > start)
                {
                    yield return (text[start..i], start);
                }

                start = i + 1;
            }
        }
    }

    private static UsageException Unknown(string text, string field, int at, bool known)
    {
        var nearest = NearestNames.Of(field, Fields.Keys).FirstOrDefault();
        return Error(text, at, (known, nearest) switch
        {
            (true, _) => $"'{field}' needs a value: {field}:VALUE",
            (_, not null) => $"there is no field '{field}'; did you mean '{nearest}'? Fields: {Summary}",
            _ => $"'{field}' is no condition; write contains:{field} to search for the word. Fields: {Summary}",
        });
    }

    private static UsageException Error(string text, int at, string what) => new($"the filter '{text}' is wrong at character {at + 1}: {what}");

    /// <summary>A condition's value.</summary>
    /// <param name="Filter">The whole filter, for errors.</param>
    /// <param name="Field">The condition's field.</param>
    /// <param name="Value">As written, with its quotation marks.</param>
    /// <param name="At">The value's place in the filter.</param>
    private sealed record Term(string Filter, string Field, string Value, int At)
    {
        public string Plain => Value.Replace("\"", "");

        public UsageException Wrong(string wanted, string? nearest = null) =>
            Error(Filter, At, $"{Field} must be {wanted}, not '{Plain}'" + (nearest is null ? "" : $"; did you mean '{nearest}'?"));
    }
}
