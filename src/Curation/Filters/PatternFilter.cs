using System.Text.RegularExpressions;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>Leaves out documents in which regular expressions match, or in which they don't. Run in time linear in the text, so no look-around and no back-references.</summary>
/// <param name="patterns">The expressions; case makes no difference.</param>
/// <param name="hits">How many matches of all of them together count.</param>
/// <param name="required">Whether documents with fewer matches go, instead of those with so many.</param>
public sealed class PatternFilter(IReadOnlyList<string> patterns, int hits, bool required) : DocumentFilter("regex")
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    private readonly Regex[] _patterns = [.. patterns.Select(pattern => new Regex(pattern, Options))];

    public static StageKind Kind { get; } = new(
        "regex", "Leaves out documents by regular expressions.", "patterns [], hits 1, required false", (options, _) =>
        {
            var patterns = options.Texts("patterns");
            if (patterns.Count == 0)
            {
                options.Fail("patterns", "give at least one regular expression");
            }

            return new PatternFilter(
                [.. patterns.Where(pattern => IsUsable(pattern, options))], options.Count("hits", 1, min: 1), options.Flag("required", false));
        });

    public override string Rule { get; } = FormattableString.Invariant($"regex: {(required ? "fewer than" : "at least")} {hits} of {string.Join(" | ", patterns)}");

    public override Decision? Judge(Document document)
    {
        var found = 0;
        string? first = null;
        foreach (var pattern in _patterns)
        {
            foreach (var match in pattern.EnumerateMatches(document.Text))
            {
                found++;
                first ??= Evidence.Of(document.Text, match.Index, match.Index + match.Length);
            }
        }

        return required
            ? found < hits ? Drop(document, "pattern_missing", found, hits) : null
            : found >= hits ? Drop(document, "pattern", found, hits) with { Evidence = first } : null;
    }

    private static bool IsUsable(string pattern, StageOptions options)
    {
        try
        {
            if (!new Regex(pattern, Options).IsMatch(""))
            {
                return true;
            }

            options.Fail("patterns", $"'{pattern}' matches nothing at all, so it would match everywhere");
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            options.Fail("patterns", $"'{pattern}' can't be used: {error.Message}");
        }

        return false;
    }
}
