using System.Numerics.Tensors;

namespace Tda.Curation.Languages;

/// <summary>
/// Tells the language of a text: first its script, then, among the languages of that script, naive Bayes over runs of one to three letters
/// (Cavnar and Trenkle 1994 for the features, Dunning 1994 for the model), log P(l | t) = Σ log (c_l(run) + ½) / (N_l + ½ V) + const.
/// Overlapping runs aren't independent, so that the sum counts as that of at most fifty letters: probabilities would be 0 or 1 else.
/// </summary>
public sealed class LanguageIdentifier
{
    private const double Smoothing = .5;
    private const int PieceCharacters = 1024;
    private const int Pieces = 4;
    private const double EffectiveLetters = 50;

    private static readonly Lazy<LanguageIdentifier> Embedded = new(() =>
    {
        using var stream = typeof(LanguageIdentifier).Assembly.GetManifestResourceStream("languages.tsv.gz")!;
        return new(LanguageProfile.Read(stream));
    });

    private readonly ScriptModel?[] _scripts = new ScriptModel?[Script.Count];

    /// <param name="profiles">One or several of each language.</param>
    public LanguageIdentifier(IReadOnlyList<LanguageProfile> profiles)
    {
        Languages = [.. profiles.Select(profile => profile.Language).Distinct().Order(StringComparer.Ordinal)];
        foreach (var script in profiles.GroupBy(profile => LanguageGrams.MainScript(string.Concat(profile.Counts.Keys)).Script))
        {
            _scripts[script.Key] = new ScriptModel([.. script]);
        }
    }

    /// <summary>The model that comes with Tda, counted in the Universal Declaration of Human Rights.</summary>
    public static LanguageIdentifier Default => Embedded.Value;

    /// <summary>The languages that it knows, as ISO 639-1 codes.</summary>
    public IReadOnlyList<string> Languages { get; }

    /// <summary>Tells the language of a text; of long ones four pieces of 1,024 characters are looked at.</summary>
    public LanguageGuess Guess(string text)
    {
        var sample = Sample(text);
        var (script, letters) = LanguageGrams.MainScript(sample);
        return script == Script.None || _scripts[script] is not { } model ? LanguageGuess.Unknown with { Letters = letters }
            : model.Guess(LanguageGrams.Letters(sample, script), letters);
    }

    private static string Sample(string text)
    {
        if (text.Length <= Pieces * PieceCharacters)
        {
            return text;
        }

        var sample = new StringBuilder((PieceCharacters + 1) * Pieces);
        for (var piece = 0; piece < Pieces; piece++)
        {
            var start = (int)((long)(text.Length - PieceCharacters) * piece / (Pieces - 1));
            sample.Append(text, start, PieceCharacters).Append('\n');
        }

        return sample.ToString();
    }

    /// <summary>The languages of one script.</summary>
    private sealed class ScriptModel
    {
        private readonly string[] _languages;
        private readonly Dictionary<ulong, int> _runs = [];
        private readonly float[] _logs; // (runs, languages)
        private readonly float[][] _unseen = new float[LanguageGrams.Longest][];

        public ScriptModel(IReadOnlyList<LanguageProfile> profiles)
        {
            _languages = [.. profiles.Select(profile => profile.Language)];
            var kinds = new int[LanguageGrams.Longest];
            foreach (var run in profiles.SelectMany(profile => profile.Counts.Keys).Distinct(StringComparer.Ordinal))
            {
                _runs.Add(LanguageGrams.Pack(run), _runs.Count);
                kinds[run.Length - 1]++;
            }

            _logs = new float[_runs.Count * profiles.Count];
            for (var n = 0; n < LanguageGrams.Longest; n++)
            {
                _unseen[n] = [.. profiles.Select(profile => Log(profile, n, kinds, 0))];
            }

            foreach (var (packed, row) in _runs)
            {
                var run = LanguageGrams.Unpack(packed);
                for (var language = 0; language < profiles.Count; language++)
                {
                    _logs[row * profiles.Count + language] = Log(profiles[language], run.Length - 1, kinds, profiles[language].Counts.GetValueOrDefault(run));
                }
            }
        }

        public LanguageGuess Guess(string text, int letters)
        {
            var sums = new float[_languages.Length];
            var known = 0;
            LanguageGrams.Each(text, (n, run) =>
            {
                known++;
                var logs = _runs.TryGetValue(run, out var row) ? _logs.AsSpan(row * sums.Length, sums.Length) : _unseen[n - 1];
                TensorPrimitives.Add(sums, logs, sums);
            });

            // Each letter stands in three runs.
            var factor = Math.Min(1d / LanguageGrams.Longest, EffectiveLetters / Math.Max(1, known));
            var best = sums.Max();
            var odds = new Dictionary<string, double>(StringComparer.Ordinal);
            for (var i = 0; i < sums.Length; i++)
            {
                // A language of several profiles is as likely as its likeliest.
                odds[_languages[i]] = Math.Max(odds.GetValueOrDefault(_languages[i]), Math.Exp((sums[i] - best) * factor));
            }

            var all = odds.Values.Sum();
            return new(letters, odds.OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal)
                .Select(one => (one.Key, one.Value / all)).ToList());
        }

        private static float Log(LanguageProfile profile, int n, int[] kinds, int count) =>
            (float)Math.Log((count + Smoothing) / (profile.Totals[n] + Smoothing * kinds[n]));
    }
}

/// <summary>What language a text may have.</summary>
/// <param name="Letters">Letters that were looked at.</param>
/// <param name="Ranked">The languages of its script with their probabilities, the likeliest first; empty where it has no letter of a known script.</param>
public sealed record LanguageGuess(int Letters, IReadOnlyList<(string Language, double Probability)> Ranked)
{
    /// <summary>ISO 639's code for a language that can't be told.</summary>
    public const string Undetermined = "und";

    internal static readonly LanguageGuess Unknown = new(0, []);

    /// <summary>The likeliest language.</summary>
    public string Language => Ranked.Count == 0 ? Undetermined : Ranked[0].Language;

    /// <summary>The probability of a language.</summary>
    public double Of(string language) => Ranked.FirstOrDefault(one => one.Language == language).Probability;
}
