using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>
/// FineWeb's own rules (Penedo et al. 2024, section 3.6): few lines that end as sentences do, characters in lines that repeat earlier ones,
/// many short lines; with the paper's bounds as defaults. What stands on the first or third bound goes, as in the paper.
/// </summary>
/// <param name="minEndedLines">At or below this share of lines that end as a sentence does, the document goes.</param>
/// <param name="maxDuplicateCharacters">At or above this share of characters in lines that repeat earlier ones, it goes.</param>
/// <param name="maxShortLines">At or above this share of short lines, it goes.</param>
/// <param name="shortLine">A line of fewer characters is short.</param>
/// <param name="wrapped">Whether lines were broken at some width, as in mail: then lines are what stands between blank lines.</param>
public sealed class FineWebFilter(double minEndedLines, double maxDuplicateCharacters, double maxShortLines, int shortLine, bool wrapped) : DocumentFilter("fineweb")
{
    public static StageKind Kind { get; } = new(
        "fineweb", "Leaves out lists and repeated lines, by FineWeb's rules.",
        "min_ended_lines .12, max_duplicate_characters .1, max_short_lines .67, short_line 30, wrapped false",
        (options, _) => new FineWebFilter(
            options.Number("min_ended_lines", .12, min: 0, max: 1), options.Number("max_duplicate_characters", .1, min: 0, max: 1),
            options.Number("max_short_lines", .67, min: 0, max: 1), options.Count("short_line", 30), options.Flag("wrapped", false)));

    public override string Rule { get; } = FormattableString.Invariant(
        $"fineweb: {(wrapped ? "paragraphs" : "lines")} that end a sentence > {minEndedLines}, characters in repeated ones < {maxDuplicateCharacters}, share below {shortLine} characters < {maxShortLines}");

    public override Decision? Judge(Document document)
    {
        var text = document.Text.AsSpan();
        var lines = TextSpans.Lines(text, wrapped);
        var seen = new HashSet<ulong>(lines.Count);
        TextSpan? firstOpen = null, firstRepeated = null, firstShort = null;
        int ended = 0, shorts = 0;
        long repeated = 0, characters = 0;
        foreach (var span in lines)
        {
            var line = span.Of(text);
            characters += span.Length;
            if (TextSpans.EndsSentence(line))
            {
                ended++;
            }
            else
            {
                firstOpen ??= span;
            }

            if (!seen.Add(TextSpans.Hash(line)))
            {
                firstRepeated ??= span;
                repeated += span.Length;
            }

            if (span.Length < shortLine)
            {
                firstShort ??= span;
                shorts++;
            }
        }

        double all = Math.Max(1, lines.Count);
        return ended / all <= minEndedLines ? DropFor("few_ended_lines", ended / all, minEndedLines, firstOpen)
            : firstRepeated is not null && (double)repeated / characters >= maxDuplicateCharacters
                ? DropFor("duplicate_line_characters", (double)repeated / characters, maxDuplicateCharacters, firstRepeated)
            : firstShort is not null && shorts / all >= maxShortLines ? DropFor("short_lines", shorts / all, maxShortLines, firstShort)
            : null;

        Decision DropFor(string reason, double value, double threshold, TextSpan? line) => Drop(document, reason, value, threshold) with
        {
            Evidence = line is { } hit ? Evidence.Of(document.Text, hit.Start, hit.End) : Evidence.Of(document.Text),
        };
    }
}
