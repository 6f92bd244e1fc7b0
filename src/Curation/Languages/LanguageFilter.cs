using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Languages;

/// <summary>Leaves out documents of other languages than the wanted ones. What has too few letters to tell stays.</summary>
/// <param name="model">Tells languages.</param>
/// <param name="languages">The wanted ones, as ISO 639-1 codes.</param>
/// <param name="minProbability">Least probability that it is one of them, all together; FineWeb asks fastText for .65 (Penedo et al. 2024).</param>
/// <param name="minLetters">Texts of fewer letters stay.</param>
public sealed class LanguageFilter(LanguageIdentifier model, IReadOnlyList<string> languages, double minProbability, int minLetters) : DocumentFilter("language")
{
    public static StageKind Kind { get; } = new(
        "language", "Leaves out documents of other languages.", "languages [en], min_probability .65, min_letters 40", (options, _) =>
        {
            var languages = options.Texts("languages");
            foreach (var unknown in languages.Where(language => !LanguageIdentifier.Default.Languages.Contains(language)))
            {
                options.Fail("languages", $"'{unknown}' isn't one of {string.Join(", ", LanguageIdentifier.Default.Languages)}");
            }

            return new LanguageFilter(
                LanguageIdentifier.Default, languages.Count == 0 ? ["en"] : languages, options.Number("min_probability", .65, min: 0, max: 1), options.Count("min_letters", 40));
        });

    public override string Rule { get; } = FormattableString.Invariant($"language: {string.Join(", ", languages)} with probability ≥ {minProbability}, of texts with ≥ {minLetters} letters");

    public override Decision? Judge(Document document)
    {
        var guess = model.Guess(document.Text);
        if (guess.Letters < minLetters)
        {
            return null;
        }

        var probability = languages.Distinct().Sum(guess.Of);
        return probability >= minProbability ? null : Drop(document, "other_language", probability, minProbability) with
        {
            Evidence = Evidence.Of($"{guess.Language} ({guess.Of(guess.Language).ToString("0.00", CultureInfo.InvariantCulture)}): {document.Text}"),
        };
    }
}
