using System.Buffers;
using Tda.Core.Detection;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>
/// Finds personal data and secrets with the gateway's detectors: e-mail addresses, telephone, card and account numbers, national ids, keys and
/// passwords. The ledger tells their kinds and how many, and where the first stands with all of them masked; never one of them itself.
/// Unlike the gateway it doesn't look into base64 or escapes.
/// </summary>
public sealed class PersonalDataFilter : DocumentFilter
{
    private const int Context = 60;

    // All kinds, whichever count: what stands beside a find is masked too.
    private static readonly TextScanner Scanner = new(SecretKinds.Names);

    private readonly HashSet<string> _kinds;
    private readonly int _hits;
    private readonly CurationAction _action;

    /// <param name="detectors">Kinds of data to look for.</param>
    /// <param name="hits">How many finds in one document count.</param>
    /// <param name="report">Whether the document stays, with what was found in the ledger.</param>
    public PersonalDataFilter(IReadOnlyCollection<string> detectors, int hits, bool report)
        : base("personal_data")
    {
        _kinds = [.. detectors];
        _hits = hits;
        _action = report ? CurationAction.Keep : CurationAction.Drop;
        Rule = FormattableString.Invariant($"personal_data: {(report ? "report" : "drop")} at {hits} of {string.Join(", ", detectors)}");
    }

    public static StageKind Kind { get; } = new(
        "personal_data", "Leaves out, or reports, documents with personal data or secrets.",
        $"detectors [{string.Join(", ", SecretKinds.Names)}], hits 1, action drop|report", (options, _) =>
        {
            var detectors = options.Texts("detectors");
            foreach (var unknown in detectors.Where(name => !SecretKinds.Names.Contains(name)))
            {
                options.Fail("detectors", $"'{unknown}' isn't one of {string.Join(", ", SecretKinds.Names)}");
            }

            return new PersonalDataFilter(
                detectors.Count == 0 ? SecretKinds.Names : detectors, options.Count("hits", 1, min: 1), options.Choice("action", HitAction.Drop) == HitAction.Report);
        });

    public override string Rule { get; }

    public override Decision? Judge(Document document)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(document.Text.Length));
        try
        {
            var text = rented.AsSpan(0, Encoding.UTF8.GetBytes(document.Text, rented));
            var spans = new SecretSpans();
            Scanner.Find(text, spans);
            var all = Apart(spans);
            var found = all.Where(one => _kinds.Contains(one.Name)).ToList();
            return found.Count < _hits ? null : new Decision(document.Id, _action, Rule)
            {
                Reason = found.GroupBy(one => one.Name).OrderByDescending(kind => kind.Count()).ThenBy(kind => kind.Key, StringComparer.Ordinal).First().Key,
                Value = found.Count,
                Threshold = _hits,
                Evidence = Masked(text, found, all),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>What was found, in order; of finds that overlap one, which ends where the last does.</summary>
    private static List<(int Start, int End, string Name)> Apart(SecretSpans spans)
    {
        var apart = new List<(int Start, int End, string Name)>();
        foreach (var span in Enumerable.Range(0, spans.Count).Select(i => spans[i]).OrderBy(span => span.Start).ThenByDescending(span => span.End))
        {
            if (apart.Count > 0 && span.Start < apart[^1].End)
            {
                apart[^1] = apart[^1] with { End = Math.Max(apart[^1].End, span.End) };
            }
            else
            {
                apart.Add(span);
            }
        }

        return apart;
    }

    private static string Masked(ReadOnlySpan<byte> text, List<(int Start, int End, string Name)> found, List<(int Start, int End, string Name)> all)
    {
        var counts = found.GroupBy(one => one.Name).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => FormattableString.Invariant($"{kind.Key} {kind.Count()}"));
        var masked = new StringBuilder(string.Join(", ", counts)).Append(": ");
        var (from, to) = (Math.Max(0, found[0].Start - Context), Math.Min(text.Length, found[0].End + Context));
        foreach (var (start, end, name) in all.Where(one => one.End > from && one.Start < to))
        {
            masked.Append(Encoding.UTF8.GetString(text[from..Math.Max(from, start)])).Append('[').Append(name).Append(']');
            from = end;
        }

        return Evidence.Of(masked.Append(from < to ? Encoding.UTF8.GetString(text[from..to]) : "").ToString());
    }
}

/// <summary>What a stage does with a document in which it found something.</summary>
public enum HitAction
{
    /// <summary>It is left out.</summary>
    Drop,

    /// <summary>It stays, and the ledger tells what was found.</summary>
    Report,
}
