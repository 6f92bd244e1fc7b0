namespace Tda.Labels.Classifiers;

/// <summary>
/// Logistic regression over hashed words, word pairs and character n-grams, weighted by inverse document frequency and normalised to unit
/// length: <c>logit = b + Σ w_f · idf_f / ‖idf‖</c> over the text's features.
/// </summary>
/// <param name="weights">w, by bucket.</param>
/// <param name="inverseFrequencies">idf, by bucket.</param>
/// <param name="bias">b.</param>
public sealed class WordScorer(double[] weights, double[] inverseFrequencies, double bias)
{
    private const int Epochs = 20;
    private const double LearningRate = .3;
    private const double L2 = 1e-5;

    /// <summary>Log-odds of the second class, for classes of equal weight.</summary>
    public double Logit(string text) => Logit(TextFeatures.Extract(text, weights.Length));

    internal double Logit(int[] features) => bias + (Dot(features, weights, inverseFrequencies) * Scale(features, inverseFrequencies));

    /// <summary>Fits by AdaGrad, classes weighted equally.</summary>
    /// <param name="features">Buckets of each text.</param>
    /// <param name="second">Whether it is of the second class; both occur.</param>
    /// <param name="buckets">Number of buckets.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="cancel">Stops between passes.</param>
    internal static WordScorer Fit(IReadOnlyList<int[]> features, IReadOnlyList<bool> second, int buckets, long seed, CancellationToken cancel)
    {
        var inverse = InverseFrequencies(features, buckets);
        double[] weights = new double[buckets], squares = new double[buckets];
        Array.Fill(squares, 1e-8);
        double bias = 0, biasSquares = 1e-8;
        var share = second.Count(one => one) / (double)second.Count;
        double[] scales = [.. features.Select(one => Scale(one, inverse))];
        var order = Enumerable.Range(0, features.Count).ToArray();
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 1));
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            cancel.ThrowIfCancellationRequested();
            random.Shuffle<int>(order);
            foreach (var i in order)
            {
                var logit = bias + (Dot(features[i], weights, inverse) * scales[i]);
                var error = (1 / (1 + Math.Exp(-logit))) - (second[i] ? 1 : 0);
                error *= second[i] ? 0.5 / share : 0.5 / (1 - share);
                foreach (var f in features[i])
                {
                    var gradient = (error * inverse[f] * scales[i]) + (L2 * weights[f]);
                    squares[f] += gradient * gradient;
                    weights[f] -= LearningRate * gradient / Math.Sqrt(squares[f]);
                }

                biasSquares += error * error;
                bias -= LearningRate * error / Math.Sqrt(biasSquares);
            }
        }

        return new WordScorer(weights, inverse, bias);
    }

    /// <summary>As the artifact holds it.</summary>
    internal StoredWords Store()
    {
        var used = Enumerable.Range(0, weights.Length).Where(i => inverseFrequencies[i] != 0).ToArray();
        return new StoredWords(
            weights.Length, bias, used, Array.ConvertAll(used, i => (float)inverseFrequencies[i]), Array.ConvertAll(used, i => (float)weights[i]));
    }

    /// <summary>Reads what <see cref="Store"/> gave.</summary>
    /// <exception cref="BadInputException">The arrays don't fit each other.</exception>
    internal static WordScorer Read(StoredWords stored, string path)
    {
        if (stored.Features.Length != stored.Weights.Length || stored.Features.Length != stored.InverseFrequencies.Length)
        {
            throw new BadInputException(path, "the lists of features, weights and inverse frequencies have different lengths");
        }

        double[] weights = new double[stored.Buckets], inverse = new double[stored.Buckets];
        for (var i = 0; i < stored.Features.Length; i++)
        {
            var feature = stored.Features[i];
            if (feature < 0 || feature >= weights.Length)
            {
                throw new BadInputException(path, $"feature {feature} is outside the {weights.Length} buckets");
            }

            weights[feature] = stored.Weights[i];
            inverse[feature] = stored.InverseFrequencies[i];
        }

        return new WordScorer(weights, inverse, stored.Bias);
    }

    /// <summary><c>idf = ln((texts + 1) / (texts with the feature + 1))</c>; a feature seen once tells nothing about others and gets 0.</summary>
    private static double[] InverseFrequencies(IReadOnlyList<int[]> texts, int buckets)
    {
        var counts = new int[buckets];
        foreach (var feature in texts.SelectMany(text => text))
        {
            counts[feature]++;
        }

        return Array.ConvertAll(counts, n => n >= 2 ? Math.Log((texts.Count + 1.0) / (n + 1)) : 0);
    }

    private static double Dot(int[] features, double[] weights, double[] inverse)
    {
        double sum = 0;
        foreach (var f in features)
        {
            sum += weights[f] * inverse[f];
        }

        return sum;
    }

    private static double Scale(int[] features, double[] inverse)
    {
        double sum = 0;
        foreach (var f in features)
        {
            sum += inverse[f] * inverse[f];
        }

        return 1 / (Math.Sqrt(sum) + 1e-9);
    }
}

/// <summary>A <see cref="WordScorer"/> on disk: the buckets that occur.</summary>
internal sealed record StoredWords(int Buckets, double Bias, int[] Features, float[] InverseFrequencies, float[] Weights);
