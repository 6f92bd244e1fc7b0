using Tda.Labels.Agreement;
using Tda.Labels.Encoders;

namespace Tda.Labels.Classifiers;

/// <summary>
/// Trains a <see cref="TextClassifier"/>: 1. split the texts and cut them into pieces, 2. encode, 3. cross-validate: logits of every piece by
/// scorers that haven't seen its text, 4. calibrate each choice of features on them and take the best, 5. choose the threshold, 6. fit the
/// scorers on all that isn't held out, 7. measure on the held-out part. Same texts, options and seed: same classifier.
/// </summary>
public static class TextClassifierTrainer
{
    // A choice that looks at more must be better by this part of the cross-entropy, or the simpler is taken.
    private const double WorthMore = .01;

    /// <summary>Trains on <paramref name="texts"/>.</summary>
    /// <param name="texts">Labelled texts; two classes at least.</param>
    /// <param name="options">How.</param>
    /// <param name="encoder">Gives the vectors; asked for only where they are wanted.</param>
    /// <param name="progress">Gets the encoding and the folds.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="BadInputException">Too little text of a class.</exception>
    public static TextClassifier Run(
        IReadOnlyList<LabelledText> texts, TextClassifierOptions options, Func<ITextEncoder> encoder, IProgressSink progress, CancellationToken cancel)
    {
        options.Validate();

        // 1. Pieces of one text all go to one part, or the measured parts would hold near-copies of the training part.
        string[] classes = texts.All(text => text.Label is LabelledText.Harm or LabelledText.Benign)
            ? [LabelledText.Benign, LabelledText.Harm]
            : [.. texts.Select(text => text.Label).Distinct().Order(StringComparer.Ordinal)];
        var pieces = Split(texts, classes, options);
        Require(pieces, classes, options);

        // 2.
        ClassifierFeatures[] choices = options.Features == ClassifierFeatures.Auto
            ? [ClassifierFeatures.Words, ClassifierFeatures.Encoder, ClassifierFeatures.Both] : [options.Features];
        var vectors = choices is [ClassifierFeatures.Words] ? null : encoder();
        Encode(pieces, vectors, progress, cancel);

        // 3.
        List<Piece> training = [.. pieces.Where(piece => piece.Fold >= 0)], heldOut = [.. pieces.Where(piece => piece.Fold < 0)];
        var parts = options.Folds;
        var unseen = new Dictionary<Piece, double[][]>(ReferenceEqualityComparer.Instance);
        bool words = choices.Any(choice => choice != ClassifierFeatures.Encoder), head = vectors is not null;
        using (var task = progress.Start("cross-validation", parts, "folds"))
        {
            for (var fold = 0; fold < parts; fold++)
            {
                var scorers = Scorers.Fit([.. training.Where(piece => piece.Fold != fold)], classes.Length, words, head, options, cancel);
                foreach (var piece in training.Where(piece => piece.Fold == fold))
                {
                    unseen[piece] = scorers.Logits(piece);
                }

                task.Report(fold + 1);
            }
        }

        // 4.
        List<int> truth = [.. training.Select(piece => piece.Class)];
        var fits = choices.ToDictionary(choice => choice, choice => LogitMixture.Fit([.. training.Select(piece => Chosen(choice, unseen[piece]))], truth, cancel));
        var simplest = choices.Where(choice => choice != ClassifierFeatures.Both).DefaultIfEmpty(ClassifierFeatures.Both).MinBy(choice => fits[choice].Loss);
        var taken = fits.TryGetValue(ClassifierFeatures.Both, out var both) && both.Loss < (1 - WorthMore) * fits[simplest].Loss ? ClassifierFeatures.Both : simplest;
        var mixture = fits[taken].Mixture;

        // 5.
        double? threshold = classes[1] == LabelledText.Harm && classes.Length == 2
            ? ChooseThreshold([.. training.Select(piece => (ClassChances.Of(mixture.Mix(Chosen(taken, unseen[piece])))[1], piece))], options.FalsePositiveRate)
            : null;

        // 6.
        var final = Scorers.Fit(training, classes.Length, taken != ClassifierFeatures.Encoder, taken != ClassifierFeatures.Words, options, cancel);
        var usesEncoder = taken != ClassifierFeatures.Words;
        var facts = new TrainedClassifier(
            classes, taken,
            new SortedDictionary<string, double>(fits.ToDictionary(fit => JsonNamingPolicy.SnakeCaseLower.ConvertName(fit.Key.ToString()), fit => fit.Value.Loss), StringComparer.Ordinal),
            training.Count, Accuracy: 0, Labels: [], options, usesEncoder ? vectors!.Name : null, threshold);
        var classifier = Assemble(final, mixture, usesEncoder ? vectors : null);

        // 7.
        var judged = heldOut.Select(piece => (piece, Chances: ClassChances.Of(mixture.Mix(final.Logits(piece))))).ToList();
        var measured = Measure(facts, judged);
        progress.Message(string.Create(CultureInfo.InvariantCulture,
            $"classifier: {training.Count:N0} pieces, {measured.Features.ToString().ToLowerInvariant()}; held out {heldOut.Count:N0}: accuracy {measured.Accuracy:0.000}, AUROC {measured.Labels[0].Auroc:0.000}"));
        return classifier.With(measured);
    }

    // The head carries the mixture's slope and offsets, so that it is a calibrated classifier alone where nothing else is looked at.
    private static Assembled Assemble(Scorers scorers, LogitMixture mixture, ITextEncoder? encoder)
    {
        double[] slopes = scorers.Words.Count > 0 ? [mixture.Slopes[0], .. mixture.Offsets] : [];
        var head = scorers.Head is { } linear
            ? new LinearHead(
                [.. linear.Weights.Select(row => Array.ConvertAll(row, w => (float)(w * mixture.Slopes[^1])))],
                [.. linear.Bias.Select((b, output) => (float)((b * mixture.Slopes[^1]) + mixture.Offsets[output]))])
            : null;
        return new Assembled(scorers.Words, slopes, head is null ? null : OnnxHead.Write(head), encoder);
    }

    private static TrainedClassifier Measure(TrainedClassifier facts, List<(Piece Piece, double[] Chances)> judged)
    {
        if (facts.Threshold is { } threshold)
        {
            var harm = LabelAgreement.Of(LabelledText.Harm, [.. judged.Select(one => new LabelVerdict(one.Chances[1], one.Chances[1] > threshold, one.Piece.Class == 1, one.Piece.Kind))]);
            return facts with { Accuracy = harm.Accuracy, Labels = [harm] };
        }

        return facts with
        {
            Accuracy = judged.Count(one => Array.IndexOf(one.Chances, one.Chances.Max()) == one.Piece.Class) / (double)judged.Count,
            Labels =
            [
                .. facts.Classes.Select((name, number) => LabelAgreement.Of(
                    name, [.. judged.Select(one => new LabelVerdict(one.Chances[number], one.Chances[number] >= .5, one.Piece.Class == number, one.Piece.Kind))])),
            ],
        };
    }

    private static List<Piece> Split(IReadOnlyList<LabelledText> texts, string[] classes, TextClassifierOptions options)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(options.Seed, 0));
        List<Piece> pieces = [];
        foreach (var text in texts)
        {
            var u = random.NextDouble();
            var fold = u < options.HeldOutFraction ? -1 : Math.Min((int)((u - options.HeldOutFraction) / (1 - options.HeldOutFraction) * options.Folds), options.Folds - 1);
            var most = text.Label == LabelledText.Benign ? options.PiecesPerBenign : options.PiecesPerHarmful;
            pieces.AddRange(TextPieces.Cut(text.Text, options.PieceLength, options.ShortestPiece, most)
                .Select(piece => new Piece(piece, Array.IndexOf(classes, text.Label), text.Kind, fold, TextFeatures.Extract(piece, options.Buckets))));
        }

        return pieces;
    }

    private static void Require(List<Piece> pieces, string[] classes, TextClassifierOptions options)
    {
        if (classes.Length < 2)
        {
            throw new BadInputException("classifier", $"all texts are '{classes[0]}': there is nothing to tell apart", remedy: "Give it texts of another label too.");
        }

        for (var number = 0; number < classes.Length; number++)
        {
            foreach (var (name, parts) in new[] { ("training", pieces.Where(piece => piece.Fold >= 0)), ("held-out", pieces.Where(piece => piece.Fold < 0)) })
            {
                // Any fold may be left out, so a class must lie in two at least.
                var needed = name == "training" ? 2 : 1;
                if (parts.Where(piece => piece.Class == number).Select(piece => piece.Fold).Distinct().Count() < needed)
                {
                    throw new BadInputException(
                        "classifier", $"the {name} part has {(needed == 1 ? "no" : "too few")} {Spoken(classes[number])} piece{(needed == 1 ? "" : "s")} of at least {options.ShortestPiece} characters",
                        remedy: "Give it more labelled texts.");
                }
            }
        }
    }

    private static string Spoken(string label) => label == LabelledText.Harm ? "harmful" : label;

    private static void Encode(List<Piece> pieces, ITextEncoder? encoder, IProgressSink progress, CancellationToken cancel)
    {
        if (encoder is null)
        {
            return;
        }

        using var task = progress.Start("encoding", pieces.Count, "pieces");
        var done = 0;
        foreach (var vector in encoder.Encode(pieces.Select(piece => piece.Text), cancel))
        {
            pieces[done].Vector = vector;
            task.Report(++done);
        }
    }

    /// <summary>The lowest threshold that holds the rate for every kind of benign text: the largest of their quantiles.</summary>
    private static double ChooseThreshold(List<(double Chance, Piece Piece)> pieces, double rate) => pieces
        .Where(one => one.Piece.Class == 0)
        .GroupBy(one => one.Piece.Kind)
        .Max(kind =>
        {
            var chances = kind.Select(one => one.Chance).OrderDescending().ToArray();
            return chances[Math.Min((int)(rate * chances.Length), chances.Length - 1)];
        });

    // Logits by scorer: words first, then the head.
    private static double[][] Chosen(ClassifierFeatures choice, double[][] logits) => choice switch
    {
        ClassifierFeatures.Words => [logits[0]],
        ClassifierFeatures.Encoder => [logits[^1]],
        _ => logits,
    };

    private sealed class Piece(string text, int @class, string kind, int fold, int[] features)
    {
        public string Text => text;

        public int Class => @class;

        public string Kind => kind;

        /// <summary>−1: held out.</summary>
        public int Fold => fold;

        public int[] Features => features;

        public float[] Vector { get; set; } = [];
    }

    private sealed record Scorers(IReadOnlyList<WordScorer> Words, LinearHead? Head)
    {
        public static Scorers Fit(List<Piece> pieces, int classes, bool words, bool head, TextClassifierOptions options, CancellationToken cancel)
        {
            List<int[]> features = [.. pieces.Select(piece => piece.Features)];
            return new Scorers(
                !words ? [] :
                [
                    .. (classes == 2 ? [1] : Enumerable.Range(0, classes)).Select(number =>
                        WordScorer.Fit(features, [.. pieces.Select(piece => piece.Class == number)], options.Buckets, options.Seed, cancel)),
                ],
                head ? LinearHead.Fit([.. pieces.Select(piece => piece.Vector)], [.. pieces.Select(piece => piece.Class)], classes, options.L2, cancel) : null);
        }

        public double[][] Logits(Piece piece) =>
        [
            .. Words.Count > 0 ? (double[][])[[.. Words.Select(words => words.Logit(piece.Features))]] : [],
            .. Head is { } head ? (double[][])[head.Logits(piece.Vector)] : [],
        ];
    }

    private sealed record Assembled(IReadOnlyList<WordScorer> Words, double[] WordSlopes, byte[]? Head, ITextEncoder? Encoder)
    {
        public TextClassifier With(TrainedClassifier facts) => new(facts, Words, WordSlopes, Head, Encoder);
    }
}
