namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// An n-gram language model of some documents, asked about some queries, that can be asked again without some of the documents at the cost of
/// counting those. Probabilities are interpolated by a Dirichlet prior whose mean is the probability in the context one token shorter (MacKay and
/// Peto 1995, "A hierarchical Dirichlet language model", Natural Language Engineering 1(3), their predictive distribution with μ given):
/// <c>p(w|h) = (c(hw) + μ p(w|h′)) / (c(h) + μ)</c>, <c>p(w) = (c(w) + μ/(V + 1)) / (c + μ)</c>, V the different tokens of the documents and
/// one more for all that is in none. Taking documents out changes the counts and nothing else, so that what is left is exactly the model of the
/// others (with the same V). Kneser and Ney's discounts would need all that follows a context, not only what queries ask about.
/// </summary>
/// <param name="ngrams">What queries ask about.</param>
/// <param name="strengths">μ by the context's tokens, from none; the last also for all longer ones. Above 0.</param>
internal sealed class NgramModel(QueryNgrams ngrams, params IReadOnlyList<double> strengths)
{
    private readonly NgramCounts _counts = new(ngrams);
    private readonly HashSet<int> _vocabulary = [];
    private double[]? _probabilities;

    /// <summary>Counts a document: BOS + tokens + EOS.</summary>
    public void Add(ReadOnlySpan<int> document)
    {
        ngrams.Count(document, _counts);
        foreach (var token in document.IsEmpty ? document : document[1..])
        {
            _vocabulary.Add(token);
        }

        _probabilities = null;
    }

    /// <summary>Log-probability of every query, in nats, summed over its explained tokens, by all documents or by others.</summary>
    /// <param name="instead">Counts to take in place of all documents'; null: theirs.</param>
    public double[] LogProbabilities(NgramCounts? instead = null)
    {
        var p = instead is null ? Whole() : Probabilities(instead, null, 0);
        return [.. ngrams.Predictions.Select(events => events.Sum(e => Math.Log(p[e])))];
    }

    /// <summary>
    /// What some documents do for every query's log-probability, in nats: with them less without. The documents are a part of those counted, or
    /// others, which are then thought of as added.
    /// </summary>
    /// <param name="documents">Their counts.</param>
    /// <param name="counted">Whether they are among those that were counted.</param>
    public double[] Difference(NgramCounts documents, bool counted)
    {
        var (with, without) = Both(documents, counted);
        var ratios = new double[with.Length];
        for (var e = 0; e < ratios.Length; e++)
        {
            ratios[e] = Math.Log(with[e] / without[e]);
        }

        return [.. ngrams.Predictions.Select(events => events.Sum(e => ratios[e]))];
    }

    /// <summary>
    /// Shares of <see cref="Difference"/>, averaged over some queries, by occurrence of context and event in the documents; over all occurrences
    /// they add up to it. Counts and shorter contexts are told apart by logarithmic means, <c>ln a − ln b = (a − b)/L(a, b)</c>, which leave no
    /// residual (LMDI: Ang and Liu 2001, Energy 26(6)): an occurrence of the event raises the query's token, one of its context alone lowers it.
    /// </summary>
    /// <param name="documents">Their counts.</param>
    /// <param name="counted">Whether they are among those that were counted.</param>
    /// <param name="queries">Ordinals of the queries.</param>
    public (double[] Contexts, double[] Events) Shares(NgramCounts documents, bool counted, IReadOnlyCollection<int> queries)
    {
        var (with, without) = Both(documents, counted);
        var (weights, contexts, events) = (new double[with.Length], new double[ngrams.Contexts], new double[with.Length]);
        foreach (var e in queries.SelectMany(q => ngrams.Predictions[q]))
        {
            weights[e] += 1.0 / queries.Count;
        }

        // Longer contexts have higher numbers: what they owe to the shorter is known before the turn of those.
        for (var e = weights.Length - 1; e >= 0; e--)
        {
            var (context, shorter, length) = ngrams.Events[e];
            var (strength, total, own) = (Strength(length), _counts.Contexts[context], documents.Contexts[context]);
            if (weights[e] == 0)
            {
                continue;
            }

            var (more, less) = counted ? (total, total - own) : (total + own, total);
            var mean = LogarithmicMean(with[e] * (more + strength), without[e] * (less + strength));
            events[e] = weights[e] / mean;
            if (own > 0)
            {
                contexts[context] -= weights[e] * Math.Log((more + strength) / (less + strength)) / own;
            }

            if (shorter >= 0)
            {
                weights[shorter] += weights[e] * strength * LogarithmicMean(with[shorter], without[shorter]) / mean;
            }
        }

        return (contexts, events);
    }

    private double Strength(int length) => strengths[Math.Min(length, strengths.Count - 1)];

    private double[] Whole() => _probabilities ??= Probabilities(_counts, null, 0);

    private (double[] With, double[] Without) Both(NgramCounts documents, bool counted)
    {
        var changed = Probabilities(_counts, documents, counted ? -1 : 1);
        return counted ? (Whole(), changed) : (changed, Whole());
    }

    // A shorter context's event has a lower number, so its probability is there already.
    private double[] Probabilities(NgramCounts counts, NgramCounts? change, int sign)
    {
        var (p, uniform) = (new double[ngrams.Events.Count], 1.0 / (_vocabulary.Count + 1));
        for (var e = 0; e < p.Length; e++)
        {
            var (context, shorter, length) = ngrams.Events[e];
            var (strength, all, own) = (Strength(length), counts.Contexts[context], counts.Events[e]);
            if (change is not null)
            {
                (all, own) = (all + (sign * change.Contexts[context]), own + (sign * change.Events[e]));
            }

            p[e] = (own + (strength * (shorter < 0 ? uniform : p[shorter]))) / (all + strength);
        }

        return p;
    }

    // Next to each other the mean of both is as good, and the quotient is rounding.
    private static double LogarithmicMean(double a, double b) =>
        Math.Abs(a - b) <= 1e-5 * Math.Abs(a) ? (a + b) / 2 : (a - b) / Math.Log(a / b);
}
