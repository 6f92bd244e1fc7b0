using System.CommandLine;
using Tda.Bench.Running;
using Tda.Curation.Languages;

namespace Tda.Bench.Curation;

/// <summary>
/// The verb <c>languages</c>: counts the profiles of the language filter in the Universal Declaration of Human Rights, and measures them on its
/// last six articles, which they haven't seen, and on the TypeScript compiler's messages.
/// </summary>
internal static class FilterLanguagesCommand
{
    private static readonly int[] Lengths = [40, 100, 300];

    public static Command Build()
    {
        var cache = new Option<string>("--packages") { Description = "Where fetched packages are kept.", DefaultValueFactory = _ => "bench-packages" };
        var output = new Option<string>("--out")
        {
            Description = "Where the profiles go.",
            DefaultValueFactory = _ => Path.Combine("src", "Curation", "Languages", "languages.tsv.gz"),
        };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("languages", "Counts the language filter's profiles, and measures them on texts that they haven't seen.") { cache, output, results };
        verb.SetAction(async (parse, cancel) =>
        {
            var packages = Path.GetFullPath(parse.GetValue(cache)!);
            var seen = await FilterTexts.DeclarationAsync(packages, heldOut: false, cancel).ConfigureAwait(false);
            var profiles = seen.Select(one => LanguageProfile.Of(one.Language, one.Paragraphs)).ToList();
            LanguageProfile.Write(parse.GetValue(output)!, profiles);

            var model = new LanguageIdentifier(profiles);
            var heldOut = await FilterTexts.DeclarationAsync(packages, heldOut: true, cancel).ConfigureAwait(false);
            var messages = await FilterTexts.MessagesAsync(packages, cancel).ConfigureAwait(false);
            var report = new LanguagesReport
            {
                Time = TimeProvider.System.GetUtcNow(),
                Machine = Machine.InspectPlain(),
                Languages = model.Languages.Count,
                ProfileBytes = new FileInfo(parse.GetValue(output)!).Length,
                Sets =
                [
                    .. Lengths.Select(length => LanguageAccuracy.Of("declaration, articles 25 to 30", heldOut, length, model)),
                    .. Lengths.Select(length => LanguageAccuracy.Of("TypeScript's messages", messages, length, model)),
                ],
            };
            ResultFile.Write(parse.GetValue(results)!, "languages", report);
            foreach (var set in report.Sets)
            {
                Console.WriteLine($"{set.Name,-32} ≥ {set.Letters,3} characters  {set.Texts,6} texts  right {set.Accuracy:P2}, of those surer than .65 {set.SureAccuracy:P2} ({set.Sure:P1} of all)");
                Console.WriteLine($"    {string.Join(", ", set.Confusions.Select(one => $"{one.Language} for {one.Guessed} {one.Texts}"))}");
            }

            return 0;
        });
        return verb;
    }
}

/// <summary>The results of <c>languages</c>.</summary>
internal sealed record LanguagesReport
{
    public required DateTimeOffset Time { get; init; }

    public required Machine Machine { get; init; }

    public required int Languages { get; init; }

    public required long ProfileBytes { get; init; }

    public required IReadOnlyList<LanguageAccuracy> Sets { get; init; }
}

/// <summary>How often the language of texts is told right.</summary>
/// <param name="Name">The texts.</param>
/// <param name="Letters">Pieces are put together to texts of at least so many characters.</param>
/// <param name="Texts">How many texts there are.</param>
/// <param name="Accuracy">Share of them whose likeliest language is theirs.</param>
/// <param name="Sure">Share of them with a probability of .65 or more.</param>
/// <param name="SureAccuracy">Share of those that are right.</param>
/// <param name="Confusions">What is taken for what, the most frequent twelve.</param>
internal sealed record LanguageAccuracy(
    string Name, int Letters, int Texts, double Accuracy, double Sure, double SureAccuracy, IReadOnlyList<LanguageConfusion> Confusions)
{
    private const double SureFrom = .65;
    private const int MostConfusions = 12;

    public static LanguageAccuracy Of(string name, List<(string Language, List<string> Pieces)> sets, int letters, LanguageIdentifier model)
    {
        var guesses = sets.SelectMany(set => Joined(set.Pieces, letters).Select(text => (set.Language, Guess: model.Guess(text)))).ToList();
        var sure = guesses.Where(one => one.Guess.Of(one.Guess.Language) >= SureFrom).ToList();
        return new(
            name, letters, guesses.Count, (double)guesses.Count(IsRight) / guesses.Count, (double)sure.Count / guesses.Count, (double)sure.Count(IsRight) / sure.Count,
            [.. guesses.Where(one => !IsRight(one)).GroupBy(one => (one.Language, Guessed: one.Guess.Language))
                .Select(group => new LanguageConfusion(group.Key.Language, group.Key.Guessed, group.Count()))
                .OrderByDescending(one => one.Texts).ThenBy(one => one.Language, StringComparer.Ordinal).ThenBy(one => one.Guessed, StringComparer.Ordinal)
                .Take(MostConfusions)]);

        static bool IsRight((string Language, LanguageGuess Guess) one) => one.Language == one.Guess.Language;
    }

    private static IEnumerable<string> Joined(List<string> pieces, int letters)
    {
        var text = "";
        foreach (var piece in pieces)
        {
            text = text.Length == 0 ? piece : $"{text}\n{piece}";
            if (text.Length >= letters)
            {
                yield return text;
                text = "";
            }
        }
    }
}

/// <summary>How many texts of a language were taken for another's.</summary>
internal sealed record LanguageConfusion(string Language, string Guessed, int Texts);
