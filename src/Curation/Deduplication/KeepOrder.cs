using System.Text.Json.Nodes;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Which of several like documents stays: the first in this order. It is total and doesn't know the corpus's order: preferred sources first,
/// then the longest or oldest document, then the smallest id. Holds 120 bytes or so a document.
/// </summary>
internal sealed class KeepOrder
{
    private readonly KeepOptions _options;
    private readonly Key[] _keys;
    private readonly string[] _ids;
    private bool _dated;

    private KeepOrder(KeepOptions options, int count)
    {
        _options = options;
        _keys = new Key[count];
        _ids = new string[count];
    }

    /// <summary>Ids in the corpus's order.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>An order of documents that are yet to be noted.</summary>
    /// <param name="options">The rule.</param>
    /// <param name="count">How many documents there are.</param>
    public static KeepOrder Of(KeepOptions options, int count) => new(options, count);

    /// <summary>Notes a document. Safe from several threads, each document once.</summary>
    /// <param name="index">Its place in the corpus, from 0.</param>
    /// <param name="document">The document.</param>
    public void Note(int index, Document document)
    {
        var preference = _options.Prefer.TakeWhile(source => source != document.Source).Count();
        var measure = _options.Keep == KeepRule.Longest ? -document.Text.Length : Date(document);
        _ids[index] = document.Id;
        _keys[index] = new Key(preference, measure);
    }

    /// <summary>Places in the corpus, from the document that stays whatever is like it to the one that goes first.</summary>
    /// <exception cref="BadInputException">The oldest is to stay, and no document has a date.</exception>
    public int[] Sorted()
    {
        if (_options.Keep == KeepRule.Oldest && !_dated && _ids.Length > 0)
        {
            throw new BadInputException(
                $"meta.{_options.DateField}", "no document has a date there, so none is the oldest", remedy: "Name the field by date_field, or keep the longest.");
        }

        int[] order = [.. Enumerable.Range(0, _ids.Length)];
        order.AsSpan().Sort((a, b) =>
        {
            var byRule = _keys[a].CompareTo(_keys[b]);
            return byRule != 0 ? byRule : string.CompareOrdinal(_ids[a], _ids[b]);
        });
        return order;
    }

    /// <summary>Where each document stands in an order, from 0.</summary>
    public static int[] Places(int[] sorted)
    {
        var places = new int[sorted.Length];
        for (var place = 0; place < sorted.Length; place++)
        {
            places[sorted[place]] = place;
        }

        return places;
    }

    /// <summary>Ticks; the last there are for a document without a date.</summary>
    private long Date(Document document)
    {
        if (document.Meta?[_options.DateField] is not JsonValue value)
        {
            return long.MaxValue;
        }

        var text = value.ToString();
        long? ticks = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year is >= 1 and <= 9999 ? new DateTime(year, 1, 1).Ticks
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date.UtcTicks
            : null;
        if (ticks is null)
        {
            return long.MaxValue;
        }

        _dated = true; // never set back, so that threads can't undo each other
        return ticks.Value;
    }

    private readonly record struct Key(int Preference, long Measure) : IComparable<Key>
    {
        public int CompareTo(Key other) => Preference != other.Preference ? Preference.CompareTo(other.Preference) : Measure.CompareTo(other.Measure);
    }
}

/// <summary>The rule by which one of several like documents stays.</summary>
/// <param name="Keep">Which stays, of equally preferred ones.</param>
/// <param name="DateField">Member of a document's meta with its date: a year, or a date as in ISO 8601 or mail. Without time zone it is UTC.</param>
/// <param name="Prefer">Sources whose documents stay before those of all others, the most preferred first.</param>
internal sealed record KeepOptions(KeepRule Keep, string DateField, IReadOnlyList<string> Prefer)
{
    /// <summary>How the help states them.</summary>
    public const string Help = "keep longest (or oldest), date_field date, prefer []";

    /// <summary>In words, for the ledger.</summary>
    public string InWords =>
        (Prefer.Count > 0 ? $"prefers {string.Join(", ", Prefer)}, " : "")
        + (Keep == KeepRule.Longest ? "keeps the longest" : $"keeps the oldest by meta.{DateField}");

    /// <summary>Reads <c>keep</c>, <c>date_field</c> and <c>prefer</c>.</summary>
    public static KeepOptions Read(StageOptions options)
    {
        var keep = options.Choice("keep", KeepRule.Longest);
        var field = options.Text("date_field");
        if (field is not null && keep != KeepRule.Oldest)
        {
            options.Fail("date_field", "it is for keep: oldest");
        }

        return new KeepOptions(keep, field ?? "date", options.Texts("prefer"));
    }
}

/// <summary>Which of several like documents stays.</summary>
internal enum KeepRule
{
    /// <summary>The one of most characters.</summary>
    Longest,

    /// <summary>The one of the earliest date; those without a date come last.</summary>
    Oldest,
}
