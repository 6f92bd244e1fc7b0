using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Trust;

/// <summary>
/// "Better than random?", without any ground truth of the user's: documents are cut in two, the second part is asked as an answer to the first,
/// and the method must find the document that it was cut from among others. A method that fails this ranks nothing; one that passes may
/// still be wrong about answers that no document holds.
/// </summary>
/// <param name="Planted">Documents cut.</param>
/// <param name="Candidates">Documents ranked, those among them.</param>
/// <param name="First">How often the right one came first.</param>
/// <param name="AmongTen">How often it was among the first ten.</param>
public sealed record SelfRetrieval(int Planted, int Candidates, int First, int AmongTen)
{
    private const int MostPlanted = 16;
    private const int MostCandidates = 256;
    private const int FewestCandidates = 20;
    private const int FewestCharacters = 40;
    private const double Doubtful = .01;

    /// <summary>Share found first.</summary>
    public double RecallAt1 => (double)First / Planted;

    /// <summary>Share found among the first ten.</summary>
    public double RecallAt10 => (double)AmongTen / Planted;

    /// <summary>What a random order would find among the first ten.</summary>
    public double ChanceAt10 => 10.0 / Candidates;

    /// <summary>Whether a random order finds as many among the first ten with a probability below .01.</summary>
    public bool IsBetterThanChance => Tail(Planted, AmongTen, ChanceAt10) < Doubtful;

    /// <summary>Runs it over some of the documents; null where too few are long enough to be cut.</summary>
    /// <param name="session">The index's documents and surrogate; what it ranks is changed.</param>
    /// <param name="sample">Documents to draw from, in random order.</param>
    /// <param name="score">The method's scores of all documents that the session ranks, a row a query.</param>
    internal static SelfRetrieval? Of(ScoringSession session, IReadOnlyList<int> sample, Func<QuerySet, ScoreMatrix> score)
    {
        var candidates = sample.Take(MostCandidates).ToHashSet();
        var queries = new List<(int Document, Query Query)>();
        foreach (var (document, text) in session.Corpus.Documents().Select((d, i) => (i, d.Text)).Where(d => candidates.Contains(d.i)))
        {
            if (queries.Count < MostPlanted && Cut(text) is var (beginning, rest))
            {
                queries.Add((document, new Query($"planted-{document}", beginning, rest)));
            }
        }

        if (queries.Count < MostPlanted / 4 || candidates.Count < FewestCandidates)
        {
            return null;
        }

        Query[] planted = [.. queries.Select(q => q.Query)];
        session.Rank(candidates.Contains);
        var scores = score(QuerySet.Each(planted));
        var places = queries.Select((q, t) =>
        {
            var own = scores[t, q.Document];
            // Of equal scores the right one counts as the last, so that a method that says nothing finds nothing.
            return float.IsNaN(own) ? int.MaxValue : candidates.Count(d => d == q.Document || scores[t, d] >= own);
        }).ToArray();
        return new SelfRetrieval(planted.Length, candidates.Count, places.Count(p => p == 1), places.Count(p => p <= 10));
    }

    // Between words, near the middle.
    private static (string Beginning, string End)? Cut(string text)
    {
        var at = text.Length < FewestCharacters ? -1 : text.IndexOf(' ', text.Length / 2);
        return at > 0 && text.Length - at > FewestCharacters / 4 ? (text[..at], text[at..]) : null;
    }

    // P(at least so many hits), binomial.
    private static double Tail(int trials, int hits, double chance)
    {
        if (chance >= 1)
        {
            return 1;
        }

        double term = Math.Pow(1 - chance, trials), below = 0;
        for (var k = 0; k < hits; k++)
        {
            below += term;
            term *= chance / (1 - chance) * (trials - k) / (k + 1);
        }
        return Math.Max(0, 1 - below);
    }
}
