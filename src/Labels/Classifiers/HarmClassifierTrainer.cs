namespace Tda.Labels.Classifiers;

/// <summary>
/// Trains a <see cref="HarmClassifier"/>: 1. split the documents, 2. cut them into pieces, 3. fit by AdaGrad, classes weighted
/// equally, 4. choose the threshold on the validation part, 5. measure on the held-out part. Same texts, options and seed: same classifier.
/// </summary>
public static class HarmClassifierTrainer
{
    /// <summary>Trains on <paramref name="texts"/>.</summary>
    /// <exception cref="BadInputException">Too little text of either label.</exception>
    public static HarmClassifier Run(
        IReadOnlyList<LabelledText> texts, HarmClassifierOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate();

        // 1. + 2. Pieces of one document all go to one part, or the measured parts would hold near-copies of the training part.
        var random = new SplitMix64(SplitMix64.SequenceSeed(options.Seed, 0));
        List<Piece> training = [], validation = [], heldOut = [];
        foreach (var text in texts)
        {
            var u = random.NextDouble();
            var part = u < options.HeldOutFraction ? heldOut : u < options.HeldOutFraction + options.ValidationFraction ? validation : training;
            var most = text.Harmful ? options.PiecesPerHarmful : options.PiecesPerBenign;
            part.AddRange(TextPieces.Cut(text.Text, options.PieceLength, options.ShortestPiece, most)
                .Select(p => new Piece(TextFeatures.Extract(p, options.Buckets), text.Harmful, text.Kind)));
        }

        foreach (var (part, name) in new[] { (training, "training"), (validation, "validation"), (heldOut, "held-out") })
        {
            foreach (var harmful in new[] { true, false })
            {
                if (!part.Any(p => p.Harmful == harmful))
                {
                    throw new BadInputException(
                        "harm classifier",
                        $"the {name} part has no {(harmful ? "harmful" : "benign")} piece of at least {options.ShortestPiece} characters",
                        remedy: "Give it more labelled texts.");
                }
            }
        }

        // 3.
        var inverse = InverseFrequencies(training, options.Buckets);
        var (weights, bias) = Fit(training, inverse, options, random, progress, cancellation);

        // 4. + 5.
        List<(double, bool, string)> Judge(List<Piece> pieces) => pieces.ConvertAll(p =>
            (bias + (HarmClassifier.Dot(p.Features, weights, inverse) * HarmClassifier.Scale(p.Features, inverse)), p.Harmful, p.Kind));
        var threshold = ChooseThreshold(Judge(validation), options.FalsePositiveRate);
        var evaluation = ClassifierEvaluation.Of(Judge(heldOut), threshold);
        progress.Message(FormattableString.Invariant(
            $"harm classifier: {training.Count} pieces; held out {heldOut.Count}: accuracy {evaluation.Accuracy:0.000}, ") +
            FormattableString.Invariant(
                $"AUROC {evaluation.Auroc:0.000}, true positives {evaluation.TruePositiveRate:0.000}, false positives {evaluation.FalsePositiveRate:0.000}"));
        return new HarmClassifier(weights, inverse, bias, threshold, options, evaluation);
    }

    /// <summary><c>idf = ln((pieces + 1) / (pieces with the feature + 1))</c>; a feature seen once tells nothing about others and gets 0.</summary>
    private static double[] InverseFrequencies(List<Piece> pieces, int buckets)
    {
        var counts = new int[buckets];
        foreach (var feature in pieces.SelectMany(piece => piece.Features))
        {
            counts[feature]++;
        }

        return Array.ConvertAll(counts, n => n >= 2 ? Math.Log((pieces.Count + 1.0) / (n + 1)) : 0);
    }

    private static (double[] Weights, double Bias) Fit(
        List<Piece> pieces, double[] inverse, HarmClassifierOptions options, SplitMix64 random, IProgressSink progress,
        CancellationToken cancellation)
    {
        var weights = new double[inverse.Length];
        var squares = new double[inverse.Length];
        Array.Fill(squares, 1e-8);
        double bias = 0, biasSquares = 1e-8;
        var share = pieces.Count(p => p.Harmful) / (double)pieces.Count;
        var scales = pieces.ConvertAll(p => HarmClassifier.Scale(p.Features, inverse));
        var order = Enumerable.Range(0, pieces.Count).ToArray();

        using var task = progress.Start("harm classifier", options.Epochs, "epochs");
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            random.Shuffle<int>(order);
            foreach (var i in order)
            {
                var (features, harmful, _) = pieces[i];
                var logit = bias + (HarmClassifier.Dot(features, weights, inverse) * scales[i]);
                var error = (1 / (1 + Math.Exp(-logit))) - (harmful ? 1 : 0);
                error *= harmful ? 0.5 / share : 0.5 / (1 - share);
                foreach (var f in features)
                {
                    var gradient = (error * inverse[f] * scales[i]) + (options.L2 * weights[f]);
                    squares[f] += gradient * gradient;
                    weights[f] -= options.LearningRate * gradient / Math.Sqrt(squares[f]);
                }

                biasSquares += error * error;
                bias -= options.LearningRate * error / Math.Sqrt(biasSquares);
            }

            task.Report(epoch + 1);
        }

        return (weights, bias);
    }

    /// <summary>The lowest threshold that holds the rate for every kind of benign text: the largest of their quantiles.</summary>
    private static double ChooseThreshold(List<(double Logit, bool Harmful, string Kind)> pieces, double rate) => pieces
        .Where(p => !p.Harmful)
        .GroupBy(p => p.Kind)
        .Max(kind =>
        {
            var logits = kind.Select(p => p.Logit).OrderDescending().ToArray();
            return logits[Math.Min((int)(rate * logits.Length), logits.Length - 1)];
        });

    private sealed record Piece(int[] Features, bool Harmful, string Kind);
}

/// <summary>
/// A text with its label, for training a classifier. It must stand in no candidate corpus, or the classifier would know the
/// answers.
/// </summary>
/// <param name="Text">A whole document; the trainer cuts it into pieces of about a completion's length.</param>
/// <param name="Harmful">Whether it is of the harmful kind.</param>
/// <param name="Kind">Where a benign text comes from, such as <c>ham</c>: false positives are counted for each kind.</param>
public sealed record LabelledText(string Text, bool Harmful, string Kind);

/// <summary>Cuts documents into pieces as long as the completions that the classifier will judge.</summary>
public static class TextPieces
{
    /// <summary>
    /// Up to <paramref name="most"/> pieces of <paramref name="length"/> characters, each beginning at a word; those shorter
    /// than <paramref name="shortest"/> are left out.
    /// </summary>
    public static IEnumerable<string> Cut(string text, int length, int shortest, int most)
    {
        var given = 0;
        for (var at = 0; at < text.Length && given < most; at += length)
        {
            var start = at;
            while (start > 0 && start < text.Length && !char.IsWhiteSpace(text[start - 1]))
            {
                start++;
            }

            var end = Math.Min(text.Length, start + length);
            if (end - start < shortest)
            {
                continue;
            }

            given++;
            yield return text[start..end];
        }
    }
}
