using Tda.Evaluation.Lds;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Evaluation.Banks;

/// <summary>
/// What n-grams of the same documents make of a bank: how much lower the retrained models' losses are than those of the best of them, and how
/// well their exact change predicts the models'. Where models have learned no more than n-grams, a bank can't tell methods apart that see more.
/// </summary>
public sealed record NgramFloor
{
    private const int LongestOrder = 5;
    private static readonly double[] Strengths = [1, 3, 10, 30, 100, 300, 1000];

    /// <summary>Hash of the bank's tokenizer, whose tokens are counted.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Tokens of the queries' completions.</summary>
    public required long Tokens { get; init; }

    /// <summary>Mean loss of the retrained models on the queries, in nats a token.</summary>
    public required double Model { get; init; }

    /// <summary>The n-grams of each order, from 1.</summary>
    public required IReadOnlyList<NgramOrder> Orders { get; init; }

    /// <summary>The order whose loss is lowest.</summary>
    public required int Best { get; init; }

    /// <summary>How far the models lie below the best, in nats a token: positive, they have learned more. Interval over queries.</summary>
    public required Interval Below { get; init; }

    /// <summary>Counts the n-grams of every subset's documents, and grades them.</summary>
    /// <param name="outcomes">The bank.</param>
    /// <param name="documents">Its documents, in its order, as its own tokenizer has them.</param>
    /// <param name="queries">Its queries, likewise.</param>
    /// <param name="tokenizer">The tokenizer's hash.</param>
    /// <param name="options">Interval and seed.</param>
    /// <param name="cancellation">Stops between orders.</param>
    public static NgramFloor Of(
        RetrainingOutcomes outcomes, IRowSource documents, IRowSource queries, string tokenizer, BootstrapOptions? options = null,
        CancellationToken cancellation = default)
    {
        int[][] texts = [.. Sequences(documents).Select(document => document.Tokens)];
        var asked = Sequences(queries).Select(query => (query.Tokens, First: query.Rows[0].FirstLossPosition + 1)).ToArray();
        double[] tokens = [.. asked.Select(query => (double)query.Tokens.Length - query.First)];
        double[][] measured = [.. tokens.Select((_, q) => LdsGrader.Measured(outcomes, q))];
        var (orders, best) = (new List<NgramOrder>(), Array.Empty<double>());
        for (var order = 1; order <= LongestOrder; order++)
        {
            cancellation.ThrowIfCancellationRequested();
            var subsets = new SubsetNgrams(outcomes.Kept, texts, asked, order);

            // The strength of the longest context; those of shorter ones are found already.
            double[] shorter = [.. orders.LastOrDefault()?.Strengths ?? []];
            var (strengths, means) = Strengths.Select(strength => (double[])[.. shorter, strength])
                .Select(all => (all, Means: subsets.Losses(all).Aggregate(new double[tokens.Length], (sum, losses) => [.. sum.Zip(losses, (s, l) => s + (l / outcomes.Subsets))])))
                .MinBy(one => one.Means.Sum());
            var predicted = subsets.Losses([new NgramOptions().Strength]);
            var agreement = tokens.Select((_, q) => Correlation.Spearman([.. predicted.Select(losses => losses[q])], measured[q]));
            orders.Add(new NgramOrder(order, strengths, means.Sum() / tokens.Sum(), agreement.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()));
            best = orders.MinBy(one => one.Loss) == orders[^1] ? means : best;
        }

        double[] below = [.. best.Zip(measured, (ngram, model) => ngram - model.Average())];
        return new NgramFloor
        {
            Tokenizer = tokenizer,
            Tokens = (long)tokens.Sum(),
            Model = measured.Sum(model => model.Average()) / tokens.Sum(),
            Orders = orders,
            Best = orders.MinBy(one => one.Loss)!.Order,
            Below = Bootstrap.Of(below.Sum() / tokens.Sum(), options ?? new BootstrapOptions(), draw =>
            {
                var drawn = draw(below.Length);
                return drawn.Sum(q => below[q]) / drawn.Sum(q => tokens[q]);
            }),
        };
    }

    // A document without rows has no token.
    private static IEnumerable<NgramDocument> Sequences(IRowSource rows)
    {
        var found = NgramDocument.Of(rows).ToDictionary(document => document.Ordinal);
        return Enumerable.Range(0, rows.DocumentCount).Select(d => found.GetValueOrDefault(d) ?? new NgramDocument(d, [], []));
    }
}

/// <summary>N-grams of one order on a bank.</summary>
/// <param name="Order">n.</param>
/// <param name="Strengths">μ by the tokens of the context, each the one of lowest loss given those of shorter contexts: in the n-grams' favour.</param>
/// <param name="Loss">Mean over subsets of the queries' loss by the n-grams of the subset's documents, in nats a token.</param>
/// <param name="Lds">
/// With the strength of method <c>ngram</c>: Spearman over subsets between that loss, which is exact and no sum of scores, and the models';
/// mean over queries.
/// </param>
public sealed record NgramOrder(int Order, IReadOnlyList<double> Strengths, double Loss, double Lds);

/// <summary>The n-grams of every subset's documents. The vocabulary is that of all documents, whichever a subset has.</summary>
internal sealed class SubsetNgrams
{
    private readonly QueryNgrams _ngrams;
    private readonly int[][] _texts;
    private readonly NgramCounts[] _counts;

    public SubsetNgrams(IReadOnlyList<bool[]> kept, int[][] texts, (int[] Tokens, int First)[] asked, int order)
    {
        (_ngrams, _texts) = (new QueryNgrams(asked, order), texts);
        _counts = [.. kept.Select(subset =>
        {
            var counts = new NgramCounts(_ngrams);
            foreach (var text in texts.Where((_, d) => subset[d]))
            {
                _ngrams.Count(text, counts);
            }

            return counts;
        })];
    }

    /// <summary>Of every subset the loss of every query, in nats, [M][Q].</summary>
    public double[][] Losses(IReadOnlyList<double> strengths)
    {
        var model = new NgramModel(_ngrams, strengths);
        foreach (var text in _texts)
        {
            model.Add(text);
        }

        return [.. _counts.Select(counts => Array.ConvertAll(model.LogProbabilities(counts), sum => -sum))];
    }
}
