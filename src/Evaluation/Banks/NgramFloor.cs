using Tda.Evaluation.Lds;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Evaluation.Banks;

/// <summary>
/// What n-grams of the same documents make of a bank: how much lower the retrained models' losses are than those of the best of them, and how
/// well their exact change predicts the models'. Where models have learned no more than n-grams, a bank can't tell methods apart that see more.
/// </summary>
public sealed record NgramFloor
{
    private const int LongestOrder = 5;

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
    /// <param name="strength">μ; null: the default of <see cref="NgramOptions"/>.</param>
    /// <param name="cancellation">Stops between orders.</param>
    public static NgramFloor Of(
        RetrainingOutcomes outcomes, IRowSource documents, IRowSource queries, string tokenizer, BootstrapOptions? options = null,
        double? strength = null, CancellationToken cancellation = default)
    {
        int[][] texts = [.. Sequences(documents).Select(document => document.Tokens)];
        var asked = Sequences(queries).Select(query => (query.Tokens, First: query.Rows[0].FirstLossPosition + 1)).ToArray();
        double[] tokens = [.. asked.Select(query => (double)query.Tokens.Length - query.First)];
        double[] measured = [.. tokens.Select((_, q) => LdsGrader.Measured(outcomes, q).Average())];
        var (orders, means) = (new List<NgramOrder>(), new List<double[]>());
        for (var order = 1; order <= LongestOrder; order++)
        {
            cancellation.ThrowIfCancellationRequested();
            var losses = Losses(outcomes, texts, asked, order, strength ?? new NgramOptions().Strength);
            means.Add([.. tokens.Select((_, q) => losses.Average(subset => subset[q]))]);
            var agreement = tokens.Select((_, q) => Correlation.Spearman([.. losses.Select(subset => subset[q])], LdsGrader.Measured(outcomes, q)));
            orders.Add(new NgramOrder(order, means[^1].Sum() / tokens.Sum(), agreement.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()));
        }

        var best = orders.MinBy(one => one.Loss)!;
        double[] below = [.. means[best.Order - 1].Zip(measured, (ngram, model) => ngram - model)];
        return new NgramFloor
        {
            Tokenizer = tokenizer,
            Tokens = (long)tokens.Sum(),
            Model = measured.Sum() / tokens.Sum(),
            Orders = orders,
            Best = best.Order,
            Below = Bootstrap.Of(below.Sum() / tokens.Sum(), options ?? new BootstrapOptions(), draw =>
            {
                var drawn = draw(below.Length);
                return drawn.Sum(q => below[q]) / drawn.Sum(q => tokens[q]);
            }),
        };
    }

    // Of every subset the loss of every query, [M][Q]. The vocabulary is that of all documents, whichever a subset has.
    private static double[][] Losses(RetrainingOutcomes outcomes, int[][] texts, (int[] Tokens, int First)[] asked, int order, double strength)
    {
        var ngrams = new QueryNgrams(asked, order);
        var model = new NgramModel(ngrams, strength);
        foreach (var text in texts)
        {
            model.Add(text);
        }

        return [.. outcomes.Kept.Select(kept =>
        {
            var counts = new NgramCounts(ngrams);
            foreach (var text in texts.Where((_, d) => kept[d]))
            {
                ngrams.Count(text, counts);
            }

            return Array.ConvertAll(model.LogProbabilities(counts), sum => -sum);
        })];
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
/// <param name="Loss">Mean over subsets of the queries' loss by the n-grams of the subset's documents, in nats a token.</param>
/// <param name="Lds">
/// Spearman over subsets between that loss, which is exact and no sum of scores, and the models'; mean over queries.
/// </param>
public sealed record NgramOrder(int Order, double Loss, double Lds);
